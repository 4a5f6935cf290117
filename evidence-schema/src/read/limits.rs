/// How much a reader takes from a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The size of one value, such as a record, in bytes of text. Only a log line may take all.
    pub record_bytes: usize,
    /// The memory that a record that is no log line takes, about, in bytes.
    pub record_memory: usize,
    /// The memory that all records that are no log lines would take together, about, in bytes.
    pub records_memory: u64,
    /// The memory that the manifest takes, and that the coverage ledger takes, about, in bytes.
    pub member_memory: usize,
    /// The number of records that are no log lines, or that are not understood.
    pub records: u64,
    /// The number of log lines.
    pub lines: u64,
    /// The size of the whole text in bytes.
    pub total_bytes: u64,
    /// How deep JSON may nest.
    pub depth: usize,
    /// The number of zstd frames.
    pub frames: u64,
    /// How far back a zstd frame may refer, in bytes; the reader has to keep that much.
    pub window_bytes: usize,
    /// How many bytes of text a byte of the file may become, behind the first
    /// [`Limits::unjudged_bytes`].
    pub expansion: u64,
    /// How much text is read before it is asked how much smaller the file is. The same line again
    /// and again is honest.
    pub unjudged_bytes: u64,
}

impl Limits {
    /// 16 MiB a log line, 8 GiB in total, 64 levels; about 60 MB of memory whatever comes.
    pub const DEFAULT: Self = Self {
        record_bytes: 16 << 20,
        record_memory: 16 << 20,
        records_memory: 1 << 30,
        member_memory: 6 << 20,
        // CloudTrail is asked at a pace that gives 90,000 changes in the time of a collection.
        records: 250_000,
        lines: 100_000_000,
        total_bytes: 8 << 30,
        depth: 64,
        // Frames of ours are 40 times fewer within that text.
        frames: 100_000,
        // What every decoder of zstd is advised to take, and what `zstd -19` makes.
        window_bytes: 8 << 20,
        expansion: 1_000,
        unjudged_bytes: 32 << 20,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
