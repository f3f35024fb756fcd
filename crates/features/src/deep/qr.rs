//! Texts of the QR codes in a picture. Lures carry them because no filter reads them and
//! a telephone, which no proxy sees, opens them.

use std::collections::BTreeSet;
use std::io::Cursor;

use image::{DynamicImage, GrayImage, ImageReader, Limits};
use rqrr::PreparedImage;

/// Width and height that are decoded at most.
const MAX_SIDE: u32 = 12_000;
/// Pixels that are decoded at most.
const MAX_PIXELS: u64 = 50_000_000;
/// Bytes that a decoder may take.
const MAX_DECODER: u64 = 256 << 20;
/// Pixels that are searched: a larger picture is made smaller first.
const SEARCHED: f64 = 1_200_000.0;
/// Corner patterns of codes in one picture. Each three are tried together.
const MAX_CORNERS: usize = 30;

/// The texts of the codes in a picture file, in the order they stand.
///
/// # Errors
/// What is not looked into, and why. A picture that cannot be decoded shows nothing.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<String>, String> {
    let reader = || {
        let mut reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
        let mut limits = Limits::default();
        limits.max_image_width = Some(MAX_SIDE);
        limits.max_image_height = Some(MAX_SIDE);
        limits.max_alloc = Some(MAX_DECODER);
        reader.limits(limits);
        Some(reader)
    };
    let Some((width, height)) = reader().and_then(|reader| reader.into_dimensions().ok()) else {
        return Err("a picture of a kind, or so large, that it is not decoded".to_owned());
    };
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(format!("a picture of {width} by {height} pixels: not searched for codes"));
    }
    match reader().map(ImageReader::decode) {
        Some(Ok(picture)) => of_picture(picture),
        Some(Err(error)) => Err(format!("picture: {error}")),
        None => Err("picture: not read".to_owned()),
    }
}

/// The texts of the codes in a picture.
pub(super) fn of_picture(picture: DynamicImage) -> Result<Vec<String>, String> {
    let pixels = f64::from(picture.width()) * f64::from(picture.height());
    let picture = if pixels > SEARCHED {
        let scale = (SEARCHED / pixels).sqrt();
        // Sides of at most 12,000: what is cut off here is a fraction of a pixel.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let side = |side: u32| ((f64::from(side) * scale) as u32).max(1);
        picture.thumbnail_exact(side(picture.width()), side(picture.height()))
    } else {
        picture
    };
    let mut grey = on_white(&picture);
    let found = search(&grey)?;
    if !found.is_empty() {
        return Ok(found);
    }
    // Light on dark.
    image::imageops::invert(&mut grey);
    search(&grey)
}

/// Grey, what is transparent shown on white as mail programs do.
fn on_white(picture: &DynamicImage) -> GrayImage {
    if !picture.color().has_alpha() {
        return picture.to_luma8();
    }
    let with_alpha = picture.to_luma_alpha8();
    GrayImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [grey, alpha] = with_alpha.get_pixel(x, y).0;
        let (grey, alpha) = (u32::from(grey), u32::from(alpha));
        let shown = (grey * alpha + 255 * (255 - alpha)) / 255;
        image::Luma([u8::try_from(shown).unwrap_or(255)])
    })
}

fn search(grey: &GrayImage) -> Result<Vec<String>, String> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    if width < 21 || height < 21 {
        return Ok(Vec::new());
    }
    let dark = darker_than_around(grey.as_raw(), width);
    let corners = corners(&dark, width);
    if corners > MAX_CORNERS {
        return Err(format!("{corners} patterns like a QR code's corners: not searched for codes"));
    }
    let mut prepared =
        PreparedImage::prepare_from_bitmap(width, height, |x, y| dark[y * width + x]);
    let grids = prepared.detect_grids();
    Ok(grids.iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect())
}

/// Which pixels are darker than the mean of those around them: light may fall unevenly on
/// what was photographed. Where all is even, darker than half.
fn darker_than_around(grey: &[u8], width: usize) -> Vec<bool> {
    let height = grey.len() / width;
    // Sums of everything above and to the left, a row and a column of zeros first.
    let mut sums = vec![0_u32; (width + 1) * (height + 1)];
    for y in 0..height {
        let mut row = 0_u32;
        for x in 0..width {
            row += u32::from(grey[y * width + x]);
            sums[(y + 1) * (width + 1) + x + 1] = sums[y * (width + 1) + x + 1] + row;
        }
    }
    let reach = (width.min(height) / 10).max(12);
    let mut dark = Vec::with_capacity(grey.len());
    for y in 0..height {
        let (top, bottom) = (y.saturating_sub(reach), (y + reach + 1).min(height));
        for x in 0..width {
            let (left, right) = (x.saturating_sub(reach), (x + reach + 1).min(width));
            let at = |y: usize, x: usize| u64::from(sums[y * (width + 1) + x]);
            let sum = at(bottom, right) + at(top, left) - at(top, right) - at(bottom, left);
            let count = ((bottom - top) * (right - left)) as u64;
            let pixel = u64::from(grey[y * width + x]);
            // Inside a large dark module all is even; so is blank paper.
            let mean = sum / count.max(1);
            dark.push(if mean.abs_diff(pixel) < 12 { pixel < 128 } else { pixel < mean });
        }
    }
    dark
}

/// How many corner patterns there are: runs of 1:1:3:1:1, dark first, whose outer ones
/// belong to one ring and whose middle lies apart from it. The search below tries each
/// with each two others, so that a picture full of them would take hours.
fn corners(dark: &[bool], width: usize) -> usize {
    let (labels, areas) = regions(dark, width);
    let mut rings = BTreeSet::new();
    for (y, row) in dark.chunks_exact(width).enumerate() {
        // Beginnings of the last five runs, and of the one at hand.
        let mut starts = [0_usize; 6];
        let mut runs = 0;
        for x in 1..=width {
            if x < width && row[x] == row[x - 1] {
                continue;
            }
            starts.rotate_left(1);
            starts[5] = x;
            runs += 1;
            if !row[x - 1] || runs < 5 {
                continue;
            }
            let run = |n: usize| starts[n + 1] - starts[n];
            let unit = (run(0) + run(1) + run(3) + run(4)) / 4;
            let near = |n: usize, times: usize| run(n).abs_diff(times * unit) <= unit * 3 / 4 + 1;
            if !(near(0, 1) && near(1, 1) && near(2, 3) && near(3, 1) && near(4, 1)) {
                continue;
            }
            let label = |x: usize| labels[y * width + x] as usize;
            let (left, stone, right) = (label(starts[0]), label(starts[2]), label(starts[4]));
            if left == right && stone != right && areas[stone] * 100 < areas[right] * 75 {
                rings.insert(right);
            }
        }
    }
    rings.len()
}

/// A label for each dark pixel's region, joined at sides, and the regions' areas.
fn regions(dark: &[bool], width: usize) -> (Vec<u32>, Vec<usize>) {
    let mut labels = vec![0_u32; dark.len()];
    let mut parents: Vec<u32> = vec![0];
    fn root(parents: &mut [u32], mut at: u32) -> u32 {
        while parents[at as usize] != at {
            parents[at as usize] = parents[parents[at as usize] as usize];
            at = parents[at as usize];
        }
        at
    }
    for at in (0..dark.len()).filter(|at| dark[*at]) {
        let left = if at % width > 0 { labels[at - 1] } else { 0 };
        let above = if at >= width { labels[at - width] } else { 0 };
        labels[at] = match (left, above) {
            (0, 0) => {
                let new = u32::try_from(parents.len()).unwrap_or(u32::MAX);
                parents.push(new);
                new
            }
            (one, 0) | (0, one) => one,
            (left, above) => {
                let (a, b) = (root(&mut parents, left), root(&mut parents, above));
                parents[a.max(b) as usize] = a.min(b);
                a.min(b)
            }
        };
    }
    let mut areas = vec![0; parents.len()];
    for label in &mut labels {
        *label = root(&mut parents, *label);
        areas[*label as usize] += usize::from(*label > 0);
    }
    (labels, areas)
}
