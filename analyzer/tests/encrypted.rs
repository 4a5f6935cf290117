//! Bundles that are encrypted with age: opened, cut, damaged, and refused.

#![cfg(feature = "age")]
#![expect(clippy::unwrap_used, reason = "a test stops where it fails")]

use std::{
    fs,
    io::{Read, Write},
    path::{Path, PathBuf},
};

use age::{
    Encryptor, Recipient,
    armor::{ArmoredWriter, Format},
    secrecy::{ExposeSecret, SecretString},
    x25519::Identity,
};
use assert_cmd::Command;

fn sample() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    fs::read(folder.join("port-mismatch.evidence.json.zst")).unwrap()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("encrypted");
    fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn encrypted(identity: &Identity, text: &[u8], format: Format) -> Vec<u8> {
    let recipient = identity.to_public();
    let encryptor = Encryptor::with_recipients([&recipient as &dyn Recipient].into_iter()).unwrap();
    let armor = ArmoredWriter::wrap_output(Vec::new(), format).unwrap();
    let mut writer = encryptor.wrap_output(armor).unwrap();
    writer.write_all(text).unwrap();
    writer.finish().unwrap().finish().unwrap()
}

fn key_file(name: &str, identity: &Identity) -> PathBuf {
    let text = format!(
        "# created: 2026-11-20T12:00:00Z\n# public key: {}\n{}\n",
        identity.to_public(),
        identity.to_string().expose_secret()
    );
    file(name, text.as_bytes())
}

fn analyze(bundle: &Path, keys: &[&Path]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("apprunner-analyzer").unwrap();
    command.arg("analyze").arg(bundle);
    for key in keys {
        command.arg("--identity").arg(key);
    }
    let output = command.output().unwrap();
    // A report is wrapped to the width of a page.
    let text = |bytes| {
        let text = String::from_utf8(bytes).unwrap();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    (
        output.status.code().unwrap(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn the_right_identity_opens_it_and_the_report_is_the_same() {
    let (mine, other) = (Identity::generate(), Identity::generate());
    let keys = [key_file("mine.txt", &mine), key_file("other.txt", &other)];
    let plain = analyze(&file("plain.zst", &sample()), &[]);
    for (name, format) in [
        ("binary.age", Format::Binary),
        ("armored.age", Format::AsciiArmor),
    ] {
        let bundle = file(name, &encrypted(&mine, &sample(), format));
        assert_eq!(analyze(&bundle, &[&keys[1], &keys[0]]), plain, "{name}");

        let (exit, out, told) = analyze(&bundle, &[]);
        assert_eq!((exit, out.as_str()), (3, ""));
        assert!(
            told.contains("encrypted with age") && told.contains("--identity FILE"),
            "{told}"
        );

        let (exit, _, told) = analyze(&bundle, &[&keys[1]]);
        assert_eq!(exit, 3);
        assert!(told.contains("none of the identities"), "{told}");
    }
    // An identity does no harm to a bundle that needs none.
    assert_eq!(analyze(&file("plain.zst", &sample()), &[&keys[0]]), plain);
}

#[test]
fn what_is_whole_before_a_cut_or_damage_is_read() {
    let mine = Identity::generate();
    let key = key_file("cut.txt", &mine);
    let mut plain = Vec::new();
    zstd_text(&sample()).read_to_end(&mut plain).unwrap();
    // Several chunks of 64 KiB: white space may follow any record.
    let at = plain.windows(2).rposition(|it| it == b",\n").unwrap();
    plain.splice(at..at, std::iter::repeat_n(b' ', 200_000));
    let bytes = encrypted(&mine, &plain, Format::Binary);

    let whole = analyze(&file("whole.age", &bytes), &[&key]);
    let cut = analyze(&file("cut.age", &bytes[..bytes.len() - 70_000]), &[&key]);
    assert_ne!(cut.1, whole.1);
    assert!(cut.1.contains("cut or damaged"), "{}", cut.1);

    let mut damaged = bytes.clone();
    let at = damaged.len() - 70_000;
    damaged[at] ^= 1;
    let damaged = analyze(&file("damaged.age", &damaged), &[&key]);
    assert!(damaged.1.contains("cut or damaged"), "{}", damaged.1);

    let head = analyze(&file("head.age", &bytes[..100]), &[&key]);
    assert_eq!(head.0, 3);
    assert!(head.2.contains("damaged or cut"), "{}", head.2);
}

fn zstd_text(bytes: &[u8]) -> impl Read + '_ {
    zstd::Decoder::new(bytes).unwrap()
}

#[test]
fn passphrases_and_wrong_identity_files_are_told() {
    let mut sesame = age::scrypt::Recipient::new(SecretString::from("open sesame"));
    sesame.set_work_factor(2);
    let encryptor = Encryptor::with_recipients([&sesame as &dyn Recipient].into_iter()).unwrap();
    let mut writer = encryptor.wrap_output(Vec::new()).unwrap();
    writer.write_all(&sample()).unwrap();
    let by_passphrase = file("passphrase.age", &writer.finish().unwrap());
    let mine = Identity::generate();
    let key = key_file("passphrase.txt", &mine);
    let (exit, _, told) = analyze(&by_passphrase, &[&key]);
    assert_eq!(exit, 3);
    assert!(told.contains("encrypted with a passphrase"), "{told}");

    let bundle = file("keys.age", &encrypted(&mine, &sample(), Format::Binary));
    for (key, words) in [
        (by_passphrase, "is encrypted with a passphrase"),
        (file("empty.txt", b"# nothing\n"), "holds no identity"),
        (file("wrong.txt", b"AGE-SECRET-KEY-WRONG\n"), "line 1"),
        (
            PathBuf::from("/nowhere/key.txt"),
            "failed to open the identity file",
        ),
    ] {
        let (exit, _, told) = analyze(&bundle, &[&key]);
        assert_eq!(exit, 3, "{told}");
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn a_head_without_end_is_given_up() {
    let key = key_file("head.txt", &Identity::generate());
    let mut bytes = b"age-encryption.org/v1\n".to_vec();
    bytes.extend(b"-> X25519 AAAA\nAAAA\n".repeat(100_000));
    let (exit, _, told) = analyze(&file("endless.age", &bytes), &[&key]);
    assert_eq!(exit, 3);
    assert!(told.contains("head of the encrypted file"), "{told}");
}
