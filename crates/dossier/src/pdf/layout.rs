//! Blocks into pages: lines broken at spaces, long words cut, headings kept with what
//! follows, numbers in the right margin.

use super::font::{Fonts, OneFont};
use super::{HEIGHT, WIDTH, lacking};
use crate::document::{Block, Chart, Document};
use crate::parts::lanes::{LEFT, RIGHT};

pub(super) const MARGIN: f32 = 56.0;
/// Room at the right for numbers.
const NUMBERS: f32 = 30.0;
const TOP: f32 = 58.0;
const BOTTOM: f32 = HEIGHT - 58.0;
const BODY: f32 = 9.5;
const LEADING: f32 = 13.5;

/// A colour by its use.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ink {
    Black,
    Soft,
    Line,
    Grey,
    Wave(f64),
    Access(f64),
    Bounds,
    Tlp(u8, u8, u8),
}

/// Something drawn; `y` of text is its baseline, of a box its top.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Text { x: f32, y: f32, size: f32, bold: bool, ink: Ink, text: String },
    Box { x: f32, y: f32, width: f32, height: f32, ink: Ink },
}

/// A heading of the first level and where it stands.
pub(super) struct Entry {
    pub(super) text: String,
    pub(super) page: usize,
    pub(super) y: f32,
}

pub(super) struct Laid {
    pub(super) pages: Vec<Vec<Op>>,
    pub(super) outline: Vec<Entry>,
}

struct Pen<'a> {
    fonts: &'a Fonts,
    laid: Laid,
    y: f32,
    lacked: bool,
}

/// One paragraph in the making.
#[derive(Clone, Copy)]
struct Style {
    x: f32,
    width: f32,
    size: f32,
    leading: f32,
    bold: bool,
    ink: Ink,
}

pub(super) fn lay_out(document: &Document, fonts: &Fonts) -> Laid {
    let laid = Laid { pages: vec![Vec::new()], outline: Vec::new() };
    let mut pen = Pen { fonts, laid, y: TOP, lacked: false };
    pen.paragraph(&document.title, &Style { size: 19.0, leading: 25.0, bold: true, ..pen.body() });
    pen.y += 8.0;
    for block in &document.blocks {
        pen.block(block);
    }
    if pen.lacked {
        pen.y += 10.0;
        pen.paragraph(
            &lacking(),
            &Style { size: 8.0, leading: 11.0, ink: Ink::Soft, ..pen.body() },
        );
    }
    pen.laid
}

impl Pen<'_> {
    #[allow(clippy::unused_self)] // reads as the pen's own style
    fn body(&self) -> Style {
        Style {
            x: MARGIN,
            width: WIDTH - 2.0 * MARGIN - NUMBERS,
            size: BODY,
            leading: LEADING,
            bold: false,
            ink: Ink::Black,
        }
    }

    fn font(&self, bold: bool) -> &OneFont {
        if bold { &self.fonts.bold } else { &self.fonts.plain }
    }

    fn push(&mut self, op: Op) {
        if let Some(page) = self.laid.pages.last_mut() {
            page.push(op);
        }
    }

    /// Room for so much; else a new page.
    fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM && self.y > TOP {
            self.laid.pages.push(Vec::new());
            self.y = TOP;
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, text) => self.heading(*level, text),
            Block::Paragraph { text, number } => {
                let style = self.body();
                self.numbered(text, &style, *number);
                self.y += 4.0;
            }
            Block::Item { mark, text, number } => {
                let wide = self.font(false).width(mark, BODY) + 8.0;
                let indent = wide.clamp(22.0, 64.0);
                let body = self.body();
                self.need(LEADING);
                let y = self.y;
                if wide > indent {
                    self.paragraph(mark, &Style { ink: Ink::Soft, ..body });
                } else {
                    self.line(mark, MARGIN, y, &Style { ink: Ink::Soft, ..self.body() });
                }
                let style =
                    Style { x: MARGIN + indent, width: self.body().width - indent, ..self.body() };
                self.numbered(text, &style, *number);
                self.y += 2.0;
            }
            Block::Quiet(text) => {
                let style = Style { size: 8.0, leading: 11.5, ink: Ink::Soft, ..self.body() };
                self.paragraph(text, &style);
                self.y += 4.0;
            }
            Block::Table { head, rows, widths } => self.table(head, rows, widths),
            Block::Chart(chart) => self.chart(chart),
        }
    }

    fn heading(&mut self, level: u8, text: &str) {
        let (size, above) = match level {
            1 => (14.0, 20.0),
            2 => (11.0, 10.0),
            _ => (9.5, 6.0),
        };
        if self.y > TOP {
            self.y += above;
        }
        // With two lines of what follows.
        self.need(size * 1.4 + 2.0 * LEADING);
        if level == 1 {
            let (page, y) = (self.laid.pages.len() - 1, self.y);
            self.laid.outline.push(Entry { text: text.to_owned(), page, y });
            let y = self.y - 4.0;
            let width = WIDTH - 2.0 * MARGIN;
            self.push(Op::Box { x: MARGIN, y, width, height: 0.6, ink: Ink::Black });
        }
        let style = Style { size, leading: size * 1.4, bold: true, ..self.body() };
        self.paragraph(text, &style);
        self.y += 2.0;
    }

    /// A paragraph whose number stands beside its first line.
    fn numbered(&mut self, text: &str, style: &Style, number: Option<u32>) {
        self.need(style.leading);
        if let Some(number) = number {
            let text = number.to_string();
            let x = WIDTH - MARGIN - self.font(false).width(&text, 7.5);
            let y = self.y;
            self.line(&text, x, y, &Style { size: 7.5, ink: Ink::Soft, ..self.body() });
        }
        self.paragraph(text, style);
    }

    fn paragraph(&mut self, text: &str, style: &Style) {
        for line in self.wrap(text, style) {
            self.need(style.leading);
            let y = self.y;
            self.line(&line, style.x, y, style);
            self.y += style.leading;
        }
    }

    /// One line whose top is `y`.
    fn line(&mut self, text: &str, x: f32, y: f32, style: &Style) {
        let op = Op::Text {
            x,
            y: y + style.size,
            size: style.size,
            bold: style.bold,
            ink: style.ink,
            text: self.font(style.bold).visible(text).into_owned(),
        };
        self.push(op);
    }

    fn wrap(&mut self, text: &str, style: &Style) -> Vec<String> {
        let font = self.font(style.bold);
        let lacks = !font.has(text);
        let text = font.visible(text).into_owned();
        let mut lines = vec![String::new()];
        let mut used = 0.0;
        let space = font.width(" ", style.size);
        for word in text.split(' ') {
            let wide = font.width(word, style.size);
            let line = lines.len() - 1;
            if used > 0.0 && used + space + wide <= style.width {
                lines[line].push(' ');
                lines[line].push_str(word);
                used += space + wide;
                continue;
            }
            if used > 0.0 {
                lines.push(String::new());
                used = 0.0;
            }
            if wide <= style.width {
                lines.last_mut().expect("invariant: there is a line").push_str(word);
                used = wide;
                continue;
            }
            // A word longer than the line is cut where the line ends.
            for c in word.chars() {
                let next = font.width(c.encode_utf8(&mut [0; 4]), style.size);
                if used > 0.0 && used + next > style.width {
                    lines.push(String::new());
                    used = 0.0;
                }
                lines.last_mut().expect("invariant: there is a line").push(c);
                used += next;
            }
        }
        self.lacked |= lacks;
        lines
    }

    fn table(&mut self, head: &[String], rows: &[Vec<String>], widths: &[f32]) {
        let whole = WIDTH - 2.0 * MARGIN;
        let first = (whole - widths.iter().sum::<f32>()).max(80.0);
        let mut columns = vec![first];
        columns.extend(widths.iter().copied());
        self.row(head, &columns, true);
        for row in rows {
            self.row(row, &columns, false);
        }
        self.y += 8.0;
    }

    fn row(&mut self, cells: &[String], columns: &[f32], head: bool) {
        let ink = if head { Ink::Soft } else { Ink::Black };
        let mut wrapped = Vec::new();
        let mut x = MARGIN;
        for (cell, width) in cells.iter().zip(columns) {
            let style = Style { x, width: width - 6.0, size: 8.0, leading: 11.0, bold: head, ink };
            let lines = self.wrap(cell, &style);
            wrapped.push((style, lines));
            x += width;
        }
        let lines = wrapped.iter().map(|(_, lines)| lines.len()).max().unwrap_or(1).min(40);
        #[allow(clippy::cast_precision_loss)] // at most 40
        let height = lines as f32 * 11.0 + 4.0;
        self.need(height);
        let top = self.y;
        for (style, lines) in &wrapped {
            for (n, line) in lines.iter().take(40).enumerate() {
                #[allow(clippy::cast_precision_loss)] // at most 40
                let y = top + n as f32 * 11.0;
                self.line(line, style.x, y, style);
            }
        }
        self.y += height;
        let y = self.y - 1.5;
        self.push(Op::Box {
            x: MARGIN,
            y,
            width: WIDTH - 2.0 * MARGIN,
            height: 0.4,
            ink: Ink::Line,
        });
    }

    /// The timeline, drawn small.
    fn chart(&mut self, chart: &Chart) {
        const LANE: f32 = 15.0;
        const NAMES: f32 = 120.0;
        let lanes = chart.lanes.len();
        #[allow(clippy::cast_precision_loss)] // a few dozen
        let height = lanes as f32 * LANE + 34.0;
        self.need(height.min(BOTTOM - TOP));
        let top = self.y + 12.0;
        let wide = WIDTH - 2.0 * MARGIN - NAMES;
        #[allow(clippy::cast_possible_truncation)] // a picture's precision
        let place =
            |x: f64| MARGIN + NAMES + (((x - LEFT) / (RIGHT - LEFT)).clamp(0.0, 1.0) as f32) * wide;
        let small = Style { size: 7.0, leading: 9.0, ink: Ink::Soft, ..self.body() };
        for (x, label) in &chart.ticks {
            let x = place(*x);
            self.push(Op::Box { x, y: top, width: 0.4, height: height - 30.0, ink: Ink::Line });
            let y = top - 11.0;
            self.line(label, x + 1.5, y, &small);
        }
        let mut y = top;
        for lane in &chart.lanes {
            for (from, to) in &lane.uncovered {
                let (x, width) = (place(*from), place(*to) - place(*from));
                self.push(Op::Box { x, y: y + 2.0, width, height: LANE - 4.0, ink: Ink::Grey });
            }
            let mut name: String = lane.name.clone();
            while self.fonts.plain.width(&name, 7.0) > NAMES - 6.0 && name.pop().is_some() {}
            self.line(&name, MARGIN, y + 3.0, &Style { ink: Ink::Black, ..small });
            for bar in &lane.bars {
                let (low, high) = (place(bar.bounds.0), place(bar.bounds.1));
                if bar.access && high - low > 1.0 {
                    let (x, width) = (low, high - low);
                    self.push(Op::Box {
                        x,
                        y: y + 5.0,
                        width,
                        height: LANE - 10.0,
                        ink: Ink::Bounds,
                    });
                }
                let (x, width) = (place(bar.from), place(bar.to) - place(bar.from));
                let ink = if bar.access { Ink::Access(bar.shade) } else { Ink::Wave(bar.shade) };
                self.push(Op::Box { x, y: y + 4.0, width, height: LANE - 8.0, ink });
            }
            y += LANE;
            if y > BOTTOM - LANE {
                break;
            }
        }
        self.y = y + 4.0;
        self.paragraph(&chart.caption, &small);
        self.y += 6.0;
    }
}
