//! The text of a bundle, out of zstd frames or plain bytes.

use std::io::{self, BufRead};

use zstd::{
    stream::raw::{Decoder, InBuffer, Operation, OutBuffer},
    zstd_safe::DParameter,
};

use super::{Limits, ReadError, Stop};

/// A frame up to this size is handed on when its checksum was verified. A larger one, which this
/// crate never writes, is handed on as it comes.
const WHOLE_FRAME: usize = 16 << 20;

/// What is read at once from a plain file.
const CHUNK: usize = 256 << 10;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Refuses what is not a bundle by its first bytes.
pub(super) fn recognise(start: &[u8]) -> Result<(), ReadError> {
    let not = |what: &str| Err(ReadError::NotABundle(what.to_owned()));
    let first = start.iter().find(|byte| !byte.is_ascii_whitespace());
    match start {
        [] => Err(ReadError::Empty),
        [0x1f, 0x8b, ..] => not("it is a gzip file; unpack it first"),
        [b'P', b'K', 3, 4, ..] => not("it is a zip file; unpack it first"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => not("it is UTF-16 text; save it as UTF-8"),
        _ if start.starts_with(&ZSTD_MAGIC) || start.starts_with(&BYTE_ORDER_MARK) => Ok(()),
        // A skippable frame may come first.
        [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Ok(()),
        _ if first == Some(&b'{') => Ok(()),
        _ => not("it is neither zstd nor a JSON object"),
    }
}

/// Gives the text piece by piece.
pub(super) struct Text<R> {
    input: R,
    limits: Limits,
    given: u64,
    kind: TextKind,
}

enum TextKind {
    /// Nothing was read yet.
    Unknown,
    Plain,
    Zstd(Box<Zstd>),
}

struct Zstd {
    decoder: Decoder<'static>,
    /// Text of the current frame that waits for its checksum.
    frame: Vec<u8>,
    /// Whether the current frame was too large to wait for.
    overflowed: bool,
    /// Whether the input stands between two frames.
    between_frames: bool,
}

impl<R: BufRead> Text<R> {
    pub(super) fn new(input: R, limits: Limits) -> Self {
        Self {
            input,
            limits,
            given: 0,
            kind: TextKind::Unknown,
        }
    }

    /// Appends the next piece to `out`. `false`: the text is over.
    pub(super) fn read(&mut self, out: &mut Vec<u8>) -> Result<bool, Stop> {
        let before = out.len();
        loop {
            let more = match &mut self.kind {
                TextKind::Unknown => {
                    self.kind = recognised(&mut self.input, self.limits)?;
                    continue;
                }
                TextKind::Plain => plain(&mut self.input, out)?,
                TextKind::Zstd(zstd) => {
                    let left = self.limits.total_bytes.saturating_sub(self.given);
                    zstd.read(&mut self.input, out, left)?
                }
            };
            let new = (out.len() - before) as u64;
            if self.given + new > self.limits.total_bytes {
                return Err(self.too_large());
            }
            if new > 0 || !more {
                self.given += new;
                return Ok(more);
            }
        }
    }

    fn too_large(&self) -> Stop {
        Stop::Error(ReadError::TooLarge {
            limit: self.limits.total_bytes,
        })
    }
}

fn recognised<R: BufRead>(input: &mut R, limits: Limits) -> Result<TextKind, Stop> {
    let start = input.fill_buf().map_err(ReadError::Io)?;
    if start.starts_with(&BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
        return Ok(TextKind::Plain);
    }
    if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        return Ok(TextKind::Plain);
    }
    let mut decoder = Decoder::new().map_err(ReadError::Io)?;
    // zstd allocates the window that a frame asks for. A frame of ours is a record longer than
    // four MiB at most.
    let window = (limits.record_bytes.saturating_mul(2)).max(WHOLE_FRAME);
    let window_log = usize::BITS - (window - 1).leading_zeros();
    decoder
        .set_parameter(DParameter::WindowLogMax(window_log.min(31)))
        .map_err(ReadError::Io)?;
    Ok(TextKind::Zstd(Box::new(Zstd {
        decoder,
        frame: Vec::new(),
        overflowed: false,
        between_frames: true,
    })))
}

fn plain<R: BufRead>(input: &mut R, out: &mut Vec<u8>) -> Result<bool, Stop> {
    let start = out.len();
    while out.len() - start < CHUNK {
        let bytes = match input.fill_buf() {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(ReadError::Io(error).into()),
        };
        if bytes.is_empty() {
            return Ok(false);
        }
        out.extend_from_slice(bytes);
        let read = bytes.len();
        input.consume(read);
    }
    Ok(true)
}

impl Zstd {
    /// Appends text to `out`: a whole frame, or a piece of one that is too large to wait for.
    fn read<R: BufRead>(
        &mut self,
        input: &mut R,
        out: &mut Vec<u8>,
        left: u64,
    ) -> Result<bool, Stop> {
        loop {
            let bytes = match input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(ReadError::Io(error).into()),
            };
            if bytes.is_empty() {
                return if self.between_frames {
                    Ok(false)
                } else {
                    Err(Stop::Cut(
                        "the file ends in the middle of a zstd frame".to_owned(),
                    ))
                };
            }
            let kept = self.frame.len();
            self.frame.reserve(CHUNK);
            let mut source = InBuffer::around(bytes);
            let (rest, wrote) = {
                let mut target = OutBuffer::around_pos(&mut self.frame, kept);
                let rest = self
                    .decoder
                    .run(&mut source, &mut target)
                    .map_err(|error| Stop::Cut(format!("a zstd frame is damaged: {error}")))?;
                (rest, target.pos() - kept)
            };
            let read = source.pos();
            input.consume(read);
            self.between_frames = false;
            if rest == 0 {
                self.between_frames = true;
                self.overflowed = false;
                out.append(&mut self.frame);
                return Ok(true);
            }
            if read == 0 && wrote == 0 && self.frame.capacity() > self.frame.len() {
                return Err(Stop::Cut("a zstd frame does not go on".to_owned()));
            }
            if self.frame.len() as u64 > left {
                out.append(&mut self.frame);
                return Ok(true);
            }
            self.overflowed |= self.frame.len() >= WHOLE_FRAME;
            if self.overflowed && self.frame.len() >= CHUNK {
                out.append(&mut self.frame);
                return Ok(true);
            }
        }
    }
}
