//! One act told twice is one claim.

use demarche_core::Act;

use crate::extract::Draft;

/// Leaves out headlines that the text below repeats, the words that spell a denial or a
/// protest out in the paragraph that has it, and of two warnings by one speaker in a
/// paragraph the shorter.
pub(crate) fn without_doubles(drafts: Vec<Draft>) -> Vec<Draft> {
    let again = |at: usize| {
        let draft = &drafts[at];
        drafts.iter().enumerate().any(|(other_at, other)| {
            let same = other_at != at
                && other.claim.act == draft.claim.act
                && same_voice(&other.claim.speaker, &draft.claim.speaker);
            let here = other.paragraph == draft.paragraph;
            let answers = matches!(draft.claim.act, Act::Deny | Act::Protest);
            let longer =
                |a: &Draft, b: &Draft| (a.span.len(), b.span.start) > (b.span.len(), a.span.start);
            same && match () {
                () if draft.heading => !other.heading,
                () if here && answers => draft.content && (!other.content || other_at < at),
                () if here && draft.claim.act == Act::Warn => longer(other, draft),
                () => false,
            }
        })
    };
    let kept: Vec<bool> = (0..drafts.len()).map(|at| !again(at)).collect();
    drafts.into_iter().zip(kept).filter_map(|(draft, kept)| kept.then_some(draft)).collect()
}

fn same_voice(a: &str, b: &str) -> bool {
    !a.is_empty() && (a == b || a.contains(b) || b.contains(a))
}
