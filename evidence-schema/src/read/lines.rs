use std::ops::Range;

use crate::time::Time;

/// Log lines of the application, one behind the other, in memory that is used again. A large bundle
/// is nearly all such lines, and memory for each of them alone would cost more than reading them.
#[derive(Debug, Default)]
pub struct Lines {
    text: String,
    places: Vec<Place>,
}

/// A line of [`Lines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The number of the record.
    pub id: u64,
    /// When it was written.
    pub time: Time,
    /// The id of the service, from the name of the log group.
    pub service_id: &'a str,
    /// The stream.
    pub stream: &'a str,
    /// What was written.
    pub message: &'a str,
}

/// Where in the text the parts of a line stand.
#[derive(Debug)]
struct Place {
    id: u64,
    time: Time,
    service_id: Range<usize>,
    stream: Range<usize>,
    message: Range<usize>,
}

impl Lines {
    /// How many lines there are.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How much memory they take, in bytes.
    pub fn memory(&self) -> usize {
        self.text.len() + self.places.len() * size_of::<Place>()
    }

    /// The lines, in their order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Line<'_>> + ExactSizeIterator {
        self.iter_from(0)
    }

    /// The lines from this position on, in their order.
    ///
    /// # Panics
    ///
    /// When there are not so many before it.
    pub fn iter_from(
        &self,
        first: usize,
    ) -> impl DoubleEndedIterator<Item = Line<'_>> + ExactSizeIterator {
        self.places[first..]
            .iter()
            .map(|place| place.line(&self.text))
    }

    /// The line at this position.
    ///
    /// # Panics
    ///
    /// When there are not so many.
    pub fn line(&self, at: usize) -> Line<'_> {
        self.places[at].line(&self.text)
    }

    /// Adds a line. Service and stream are nearly always those of the line before.
    pub fn push(&mut self, line: Line<'_>) {
        let last = self.places.last();
        let last = last.map(|last| (last.service_id.clone(), last.stream.clone()));
        let (service_id, stream) = last.unwrap_or_default();
        let service_id = self.place(service_id, line.service_id);
        let stream = self.place(stream, line.stream);
        let message = self.place(0..0, line.message);
        self.places.push(Place {
            id: line.id,
            time: line.time,
            service_id,
            stream,
            message,
        });
    }

    /// Where `text` stands: at `known`, or behind everything else.
    fn place(&mut self, known: Range<usize>, text: &str) -> Range<usize> {
        if self.text[known.clone()] == *text {
            return known;
        }
        let begin = self.text.len();
        self.text.push_str(text);
        begin..self.text.len()
    }

    /// Keeps the lines for which `keep` says so. It is asked in their order.
    pub fn retain(&mut self, mut keep: impl FnMut(Line<'_>) -> bool) {
        let text = &self.text;
        self.places.retain(|place| keep(place.line(text)));
    }

    /// Forgets the lines. Of their memory no more than about `keep` bytes stay for others.
    pub fn clear(&mut self, keep: usize) {
        self.text.clear();
        self.text.shrink_to(keep);
        self.places.clear();
        self.places.shrink_to(keep / size_of::<Place>());
    }
}

impl Place {
    fn line<'a>(&self, text: &'a str) -> Line<'a> {
        Line {
            id: self.id,
            time: self.time,
            service_id: &text[self.service_id.clone()],
            stream: &text[self.stream.clone()],
            message: &text[self.message.clone()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_as_they_went_in() {
        let line = |id, stream, message| Line {
            id,
            time: Time::UNIX_EPOCH,
            service_id: "8fe1",
            stream,
            message,
        };
        let all = [
            line(0, "instance/a", "first"),
            line(1, "instance/a", ""),
            line(2, "instance/b", "8fe1"),
            line(3, "", "é"),
        ];
        let mut lines = Lines::default();
        for round in 0..2 {
            all.into_iter().for_each(|line| lines.push(line));
            assert_eq!(lines.iter().collect::<Vec<_>>(), all, "round {round}");
            assert_eq!(lines.line(2), all[2]);
            lines.retain(|line| line.id % 2 == 1);
            assert_eq!(lines.iter().map(|it| it.id).collect::<Vec<_>>(), [1, 3]);
            lines.clear(1 << 10);
            assert!(lines.is_empty());
        }
    }
}
