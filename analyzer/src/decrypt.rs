//! Bundles that were encrypted with age: recognised always, opened with an identity.

use std::{
    io::{self, BufRead, BufReader, Read},
    path::PathBuf,
};

/// What every age file begins with.
const BINARY: &[u8] = b"age-encryption.org/v1";

/// What an age file begins with that was made text for an e-mail.
const ARMORED: &[u8] = b"-----BEGIN AGE ENCRYPTED FILE-----";

/// Why an encrypted bundle cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum DecryptError {
    /// The file could not be read.
    #[error("failed to read the file")]
    Io(#[source] io::Error),
    /// No identity was given.
    #[error("the bundle is encrypted with age")]
    NoIdentity,
    /// This program was built without age.
    #[error("the bundle is encrypted with age, and this program was built without it")]
    NotBuiltIn,
    /// It is encrypted with a passphrase.
    #[error("the bundle is encrypted with a passphrase, and only identities are supported")]
    Passphrase,
    /// None of the identities fits.
    #[error("none of the identities given opens the bundle")]
    WrongIdentity,
    /// The head of the file is damaged.
    #[error("the head of the encrypted file is damaged or cut: {0}")]
    Head(String),
    /// A file of identities cannot be read.
    #[error("failed to read the identity file {}", path.display())]
    IdentityFile {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file of identities is itself encrypted.
    #[error("the identity file {} is encrypted with a passphrase", .0.display())]
    IdentityEncrypted(PathBuf),
    /// A file of identities has none.
    #[error("the identity file {} holds no identity", .0.display())]
    NoIdentityInside(PathBuf),
}

/// An identity file: where it is, and what is in it.
pub struct IdentitySource {
    /// The file.
    pub path: PathBuf,
    /// What is in it.
    pub text: Box<dyn Read>,
}

/// The bundle in `input`, decrypted while it is read if it is encrypted.
///
/// # Errors
///
/// When it is encrypted and cannot be opened. What is cut or damaged behind its head is told while
/// it is read, as an error of the kind [`io::ErrorKind::InvalidData`].
pub fn open(
    mut input: Box<dyn Read>,
    identities: Vec<IdentitySource>,
) -> Result<Box<dyn Read>, DecryptError> {
    let mut start = Vec::new();
    input
        .by_ref()
        .take(ARMORED.len() as u64)
        .read_to_end(&mut start)
        .map_err(DecryptError::Io)?;
    let encrypted = is_encrypted(&start);
    let whole = io::Cursor::new(start).chain(input);
    match (encrypted, identities.is_empty()) {
        (false, _) => Ok(Box::new(whole)),
        (true, true) => Err(DecryptError::NoIdentity),
        (true, false) => decrypt(BufReader::new(whole), identities),
    }
}

fn is_encrypted(start: &[u8]) -> bool {
    start.starts_with(BINARY)
        || start
            .trim_ascii_start()
            .starts_with(&ARMORED[..ARMORED.len() - 4])
}

#[cfg(not(feature = "age"))]
fn decrypt(
    _: impl BufRead + 'static,
    _: Vec<IdentitySource>,
) -> Result<Box<dyn Read>, DecryptError> {
    Err(DecryptError::NotBuiltIn)
}

#[cfg(feature = "age")]
fn decrypt(
    input: impl BufRead + 'static,
    identities: Vec<IdentitySource>,
) -> Result<Box<dyn Read>, DecryptError> {
    with_age::decrypt(input, identities)
}

#[cfg(feature = "age")]
mod with_age {
    use std::{cell::Cell, rc::Rc};

    use age::{Decryptor, Identity, IdentityFile, armor::ArmoredReader, stream::StreamReader};

    use super::{BufRead, DecryptError, IdentitySource, Read, io, is_encrypted};

    /// The most that the head of an age file may have: more than a hundred recipients. Its parser begins
    /// again with every line, so a longer head takes ever longer.
    const HEAD: u64 = 16 << 10;

    /// The most that an identity file may have.
    const IDENTITIES: u64 = 1 << 20;

    pub(super) fn decrypt(
        input: impl BufRead + 'static,
        identities: Vec<IdentitySource>,
    ) -> Result<Box<dyn Read>, DecryptError> {
        let mut all = Vec::new();
        for source in identities {
            all.extend(read_identities(source)?);
        }
        let left = Rc::new(Cell::new(HEAD));
        let input = Headed {
            inner: ArmoredReader::new(input),
            left: Rc::clone(&left),
        };
        let head = |error: age::DecryptError| match error {
            age::DecryptError::NoMatchingKeys => DecryptError::WrongIdentity,
            other => DecryptError::Head(other.to_string()),
        };
        let decryptor = Decryptor::new(input).map_err(head)?;
        left.set(u64::MAX);
        if decryptor.is_scrypt() {
            return Err(DecryptError::Passphrase);
        }
        let identities = all.iter().map(|it| it.as_ref() as &dyn Identity);
        let stream = decryptor.decrypt(identities).map_err(head)?;
        Ok(Box::new(Whole {
            stream,
            broken: None,
        }))
    }

    type AnyIdentity = Box<dyn Identity + Send + Sync>;

    fn read_identities(source: IdentitySource) -> Result<Vec<AnyIdentity>, DecryptError> {
        let IdentitySource { path, text } = source;
        let mut bytes = Vec::new();
        let failed = |source| DecryptError::IdentityFile {
            path: path.clone(),
            source,
        };
        text.take(IDENTITIES)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        if is_encrypted(&bytes) {
            return Err(DecryptError::IdentityEncrypted(path));
        }
        let identities = IdentityFile::from_buffer(&bytes[..])
            .map_err(failed)?
            .into_identities()
            .map_err(|error| failed(io::Error::other(error)))?;
        if identities.is_empty() {
            return Err(DecryptError::NoIdentityInside(path));
        }
        Ok(identities)
    }

    /// Gives no more than is left for the head, until that is raised.
    struct Headed<R> {
        inner: R,
        left: Rc<Cell<u64>>,
    }

    impl<R: Read> Read for Headed<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let left = usize::try_from(self.left.get()).unwrap_or(usize::MAX);
            if left == 0 && !buffer.is_empty() {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "it is larger than any head",
                ));
            }
            let most = buffer.len().min(left);
            let read = self.inner.read(&mut buffer[..most])?;
            self.left.set(self.left.get() - read as u64);
            Ok(read)
        }
    }

    /// Says of what age cannot decrypt that it is cut or damaged. Every chunk that is given was
    /// verified, so what came before is what was written.
    struct Whole<R> {
        stream: StreamReader<R>,
        /// What was wrong, which stays so.
        broken: Option<String>,
    }

    impl<R: Read> Read for Whole<R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.broken.is_none() {
                match self.stream.read(buffer) {
                    Err(error) if error.kind() != io::ErrorKind::Interrupted => {
                        self.broken = Some(error.to_string());
                    }
                    other => return other,
                }
            }
            let why = self.broken.as_deref().unwrap_or_default();
            Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the encrypted file is cut or damaged here: {why}"),
            ))
        }
    }
}
