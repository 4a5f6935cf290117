//! How much of a file from a stranger is taken, and the options that allow more.

use evidence_schema::Limits;

const DEFAULT: Limits = Limits::DEFAULT;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits, for a file that you trust")]
pub(super) struct LimitArgs {
    /// Refuse a bundle with more text than this many bytes, once it is unpacked.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.total_bytes)]
    max_bytes: u64,
    /// Refuse a bundle with a record of more text than this many bytes.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.record_bytes)]
    max_record_bytes: usize,
    /// Refuse a bundle with a record, other than a log line, that takes more memory than this.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.record_memory)]
    max_record_memory: usize,
    /// Refuse a bundle with records, log lines left aside, that take more memory together than this.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.records_memory)]
    max_records_memory: u64,
    /// Refuse a bundle whose manifest or coverage ledger takes more memory than this.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.member_memory)]
    max_member_memory: usize,
    /// Refuse a bundle with more records than this that are no log lines.
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT.records)]
    max_records: u64,
    /// Refuse a bundle with more log lines than this.
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT.lines)]
    max_lines: u64,
    /// Refuse a bundle whose JSON nests deeper than this.
    #[arg(long, value_name = "LEVELS", default_value_t = DEFAULT.depth)]
    max_depth: usize,
    /// Refuse a file of more zstd frames than this.
    #[arg(long, value_name = "COUNT", default_value_t = DEFAULT.frames)]
    max_frames: u64,
    /// Refuse a file with a zstd frame that refers back further than this; `zstd --ultra` makes
    /// such files.
    #[arg(long, value_name = "BYTES", default_value_t = DEFAULT.window_bytes)]
    max_window_bytes: usize,
    /// Refuse a file that unpacks to more than this many times its size.
    #[arg(long, value_name = "TIMES", default_value_t = DEFAULT.expansion)]
    max_expansion: u64,
}

impl LimitArgs {
    pub(super) fn limits(&self) -> Limits {
        Limits {
            total_bytes: self.max_bytes,
            record_bytes: self.max_record_bytes,
            record_memory: self.max_record_memory,
            records_memory: self.max_records_memory,
            member_memory: self.max_member_memory,
            records: self.max_records,
            lines: self.max_lines,
            depth: self.max_depth,
            frames: self.max_frames,
            window_bytes: self.max_window_bytes,
            expansion: self.max_expansion,
            unjudged_bytes: DEFAULT.unjudged_bytes,
        }
    }
}
