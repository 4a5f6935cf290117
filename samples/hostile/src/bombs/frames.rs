//! zstd frames, some of them as no compressor makes them (RFC 8878).

/// The number that a frame begins with.
const MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// The most that a block may hold.
const BLOCK: u64 = 128 << 10;

/// A frame without text: a window of 1 KiB, and an empty last block.
pub(super) const EMPTY_FRAME: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd, 0, 0, 1, 0, 0];

/// A frame that is to be skipped, and is empty.
pub(super) const SKIPPABLE_FRAME: &[u8] = &[0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0];

/// A frame with this text.
pub(super) fn frame(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).expect("memory takes all")
}

/// Frames of about `size` bytes of text, which is `piece` again and again.
pub(super) fn repeated(piece: &str, size: usize, frames: usize) -> Vec<u8> {
    frame(piece.repeat(size / piece.len()).as_bytes()).repeat(frames)
}

/// One frame of `count` times `byte`: four bytes for each 128 KiB.
pub(super) fn run(byte: u8, count: u64) -> Vec<u8> {
    // No checksum, no size; a window of 8 MiB.
    let mut frame = [&MAGIC[..], &[0, 13 << 3]].concat();
    let blocks = count / BLOCK;
    for block in 1..=blocks {
        // Whether it is the last, "one byte again and again", and how often.
        let header = u32::from(block == blocks) | 1 << 1 | (BLOCK as u32) << 3;
        frame.extend_from_slice(&header.to_le_bytes()[..3]);
        frame.push(byte);
    }
    frame
}

/// A frame whose text is not compressed.
pub(super) fn stored(text: &[u8]) -> Vec<u8> {
    let size = u32::try_from(text.len()).expect("a short text");
    let mut frame = [&MAGIC[..], &[0, 0]].concat();
    frame.extend_from_slice(&(1 | size << 3).to_le_bytes()[..3]);
    frame.extend_from_slice(text);
    frame
}

/// A frame that holds something else than text.
pub(super) fn skipped(bytes: &[u8]) -> Vec<u8> {
    let size = u32::try_from(bytes.len()).expect("a short filler");
    [&SKIPPABLE_FRAME[..4], &size.to_le_bytes(), bytes].concat()
}

/// A frame that asks its reader to keep 2 GiB.
pub(super) fn huge_window(text: &[u8]) -> Vec<u8> {
    let mut frame = stored(text);
    frame[5] = 21 << 3;
    frame
}
