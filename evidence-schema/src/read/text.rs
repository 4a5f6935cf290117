//! The text of a bundle, out of zstd frames or plain bytes.

use std::io::{self, BufRead};

use zstd::zstd_safe::{
    DCtx, DParameter, ErrorCode, InBuffer, OutBuffer, get_error_name, zstd_sys::ZSTD_ErrorCode,
};

use super::{Limits, ReadError, Stop};

/// A frame up to this size is handed on when its checksum was verified. A larger one, which this
/// crate writes only for a very large record, is handed on as it comes.
const WHOLE_FRAME: usize = 6 << 20;

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
        _ if start.starts_with(b"age-encryption.org/v1") => not("it is encrypted with age"),
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
    decoder: DCtx<'static>,
    /// How many frames were read to their end.
    frames: u64,
    /// How many bytes of the file were read.
    file_bytes: u64,
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
                    let more = zstd.read(&mut self.input, out, left, self.limits)?;
                    let given = self.given + (out.len() - before) as u64;
                    zstd.judge(given, self.limits)?;
                    more
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
    let start = input.fill_buf().map_err(unread)?;
    if start.starts_with(&BYTE_ORDER_MARK) {
        input.consume(BYTE_ORDER_MARK.len());
        return Ok(TextKind::Plain);
    }
    if start.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
        return Ok(TextKind::Plain);
    }
    let mut decoder = DCtx::try_create()
        .ok_or_else(|| ReadError::Io(io::Error::other("zstd cannot be set up")))?;
    // zstd allocates the window that a frame asks for.
    let window_log = usize::BITS - limits.window_bytes.saturating_sub(1).leading_zeros();
    decoder
        .set_parameter(DParameter::WindowLogMax(window_log.clamp(10, 31)))
        .map_err(|code| ReadError::Io(io::Error::other(get_error_name(code))))?;
    Ok(TextKind::Zstd(Box::new(Zstd {
        decoder,
        frames: 0,
        file_bytes: 0,
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
            // What came before it counts; whoever cannot go on says so again.
            Err(_) if out.len() > start => return Ok(true),
            Err(error) => return Err(unread(error)),
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
        limits: Limits,
    ) -> Result<bool, Stop> {
        let begin = out.len();
        loop {
            let bytes = match input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(unread(error)),
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
            let kept = out.len();
            out.reserve(CHUNK);
            let mut source = InBuffer::around(bytes);
            let (rest, wrote) = {
                let mut target = OutBuffer::around_pos(out, kept);
                let rest = self
                    .decoder
                    .decompress_stream(&mut target, &mut source)
                    .map_err(|code| damaged(code, limits))?;
                (rest, target.pos() - kept)
            };
            let read = source.pos();
            input.consume(read);
            self.file_bytes += read as u64;
            self.between_frames = rest == 0;
            if rest == 0 {
                self.overflowed = false;
                self.frames += 1;
                if self.frames > limits.frames {
                    return Err(Stop::Error(ReadError::TooManyFrames {
                        limit: limits.frames,
                    }));
                }
                return Ok(true);
            }
            if read == 0 && wrote == 0 && out.capacity() > out.len() {
                return Err(Stop::Cut("a zstd frame does not go on".to_owned()));
            }
            let new = out.len() - begin;
            self.overflowed |= new >= WHOLE_FRAME;
            if new as u64 > left || (self.overflowed && new >= CHUNK) {
                return Ok(true);
            }
        }
    }

    /// Refuses a file that is so much smaller than its text that it was made for that.
    fn judge(&self, given: u64, limits: Limits) -> Result<(), Stop> {
        let allowed = self.file_bytes.saturating_mul(limits.expansion);
        if given > allowed.saturating_add(limits.unjudged_bytes) {
            return Err(Stop::Error(ReadError::Expands {
                offset: given,
                limit: limits.expansion,
            }));
        }
        Ok(())
    }
}

/// What is wrong with bytes that do not come.
pub(super) fn unread(error: io::Error) -> Stop {
    match error.kind() {
        // Whoever unpacks the bytes for us found that they are cut or damaged from here on.
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => Stop::Cut(error.to_string()),
        _ => Stop::Error(ReadError::Io(error)),
    }
}

fn damaged(code: ErrorCode, limits: Limits) -> Stop {
    // zstd gives the negative of its own number.
    if code.wrapping_neg() == ZSTD_ErrorCode::ZSTD_error_frameParameter_windowTooLarge as usize {
        return Stop::Error(ReadError::WindowTooLarge {
            limit: limits.window_bytes,
        });
    }
    Stop::Cut(format!("a zstd frame is damaged: {}", get_error_name(code)))
}
