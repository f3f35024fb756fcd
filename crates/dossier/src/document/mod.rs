//! The report as a run of blocks: what Markdown, PDF, the aide-memoire and letters are made
//! of. The page (`html`) has more room and its own parts; the sentences are the same.

mod aide;
mod report;

pub(crate) use aide::aide_memoire;
pub(crate) use report::report_document;

/// A bar of a [`Chart`]: from and to in the units of `parts::lanes`, and how dark.
#[derive(Clone, Debug)]
pub(crate) struct Bar {
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// From 0 to 1.
    pub(crate) shade: f64,
    /// Where the bounds of an uncertain end lie.
    pub(crate) bounds: (f64, f64),
    /// An access, not a wave.
    pub(crate) access: bool,
}

/// A line of a [`Chart`].
#[derive(Clone, Debug)]
pub(crate) struct Lane {
    pub(crate) name: String,
    pub(crate) bars: Vec<Bar>,
    /// Stretches that were not covered.
    pub(crate) uncovered: Vec<(f64, f64)>,
}

/// The timeline as a picture for paper.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chart {
    pub(crate) ticks: Vec<(f64, String)>,
    pub(crate) lanes: Vec<Lane>,
    pub(crate) caption: String,
}

/// A piece of a document.
#[derive(Clone, Debug)]
pub(crate) enum Block {
    /// Level 1 to 3.
    Heading(u8, String),
    /// A sentence, with its number in the margin.
    Paragraph {
        text: String,
        number: Option<u32>,
    },
    /// A point of a list.
    Item {
        mark: String,
        text: String,
        number: Option<u32>,
    },
    /// An aside in smaller type.
    Quiet(String),
    /// The first column takes what the others leave.
    Table {
        head: Vec<String>,
        rows: Vec<Vec<String>>,
        widths: Vec<f32>,
    },
    Chart(Chart),
}

/// A document of blocks, marked on each of its pages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) language: &'static str,
    /// Without `TLP:`.
    pub(crate) tlp: String,
    /// At the top right of each page.
    pub(crate) mark: String,
    pub(crate) blocks: Vec<Block>,
}

impl Document {
    pub(crate) fn heading(&mut self, level: u8, text: impl Into<String>) {
        self.blocks.push(Block::Heading(level, text.into()));
    }

    pub(crate) fn paragraph(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Paragraph { text: text.into(), number: None });
    }

    pub(crate) fn statement(&mut self, statement: &crate::model::Statement) {
        let (text, number) = (statement.text.clone(), Some(statement.id));
        self.blocks.push(Block::Paragraph { text, number });
    }

    pub(crate) fn item(&mut self, mark: impl Into<String>, text: impl Into<String>) {
        self.blocks.push(Block::Item { mark: mark.into(), text: text.into(), number: None });
    }

    pub(crate) fn quiet(&mut self, text: impl Into<String>) {
        self.blocks.push(Block::Quiet(text.into()));
    }
}
