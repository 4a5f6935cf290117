//! The committed bundles, each read once and made into evidence as often as a test wants.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
};

use analyzer::evidence::{Builder, Evidence};
use evidence_schema::{Limits, Manifest, Reader, Record, read::Ending};

/// The folders of the bundles, and how the files end that are read.
const FOLDERS: &[(&str, &str)] = &[
    ("", ".json"),
    ("cases", ".evidence.json.zst"),
    ("healthy", ".evidence.json.zst"),
];

/// A bundle.
#[derive(Clone)]
pub(crate) struct Bundle {
    pub(crate) manifest: Manifest,
    /// The records, with the memory that the reader counted for each.
    pub(crate) records: Vec<(Record, usize)>,
    pub(crate) ending: Ending,
}

impl Bundle {
    pub(crate) fn read(path: &Path) -> Self {
        let mut reader = Reader::open(File::open(path).unwrap(), Limits::default()).unwrap();
        let mut records = Vec::new();
        while let Some(record) = reader.next() {
            records.push((record.unwrap(), reader.record_memory()));
        }
        records.sort_by_key(|(record, _)| record.id);
        let (manifest, ending) = reader.into_parts();
        Self {
            manifest,
            records,
            ending,
        }
    }

    /// The evidence of the records that are kept, with this end of the bundle.
    pub(crate) fn evidence_of(
        &self,
        mut kept: impl FnMut(&Record) -> bool,
        ending: Ending,
    ) -> Evidence {
        let mut builder = Builder::new(self.manifest.clone());
        for (record, memory) in &self.records {
            if kept(record) {
                builder.take(record.clone(), *memory);
            }
        }
        builder.finish(ending)
    }
}

/// Every committed bundle, by name.
pub(crate) fn all() -> BTreeMap<String, PathBuf> {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/bundles");
    let mut bundles = BTreeMap::new();
    for (folder, ending) in FOLDERS {
        for entry in fs::read_dir(samples.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if let Some(name) = name.strip_suffix(ending) {
                let name = Path::new(folder).join(name).display().to_string();
                bundles.insert(name, path);
            }
        }
    }
    bundles
}

/// What two threads make of all bundles.
pub(crate) fn each<T: Default + Send>(of_one: impl Fn(&mut T, &str, &Bundle) + Sync) -> [T; 2] {
    let todo = Mutex::new(all());
    let work = || {
        let mut made = T::default();
        loop {
            let Some((name, path)) = todo.lock().unwrap().pop_first() else {
                return made;
            };
            of_one(&mut made, &name, &Bundle::read(&path));
        }
    };
    thread::scope(|scope| {
        let threads = [scope.spawn(work), scope.spawn(work)];
        threads.map(|thread| thread.join().unwrap())
    })
}
