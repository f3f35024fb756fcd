//! Answers joined to what they answer.

use demarche_core::Claim;

/// Sets `replies_to` of denials, protests, counter-accusations and threats: to the nearest
/// claim before it that lays something at its speaker's door, those of whom the answer is
/// about first; else the nearest behind it. Answers in another document join by day. What a
/// person has joined stays.
pub fn join(claims: &mut [Claim]) {
    for at in 0..claims.len() {
        if claims[at].act.answers() && claims[at].replies_to.is_none() {
            claims[at].replies_to = answered(claims, at).map(|to| claims[to].claim_id.clone());
        }
    }
}

/// Whether a name is one that speaks in the same claims for itself: a state, for all that is
/// known here.
fn is_state(claims: &[Claim], name: &str) -> bool {
    claims.iter().any(|claim| claim.speaker == name)
}

fn answered(claims: &[Claim], at: usize) -> Option<usize> {
    let answer = &claims[at];
    let fits = |other: &usize| {
        let claim = &claims[*other];
        let blames = claim.act.blames() || claim.act == demarche_core::Act::Warn;
        blames && claim.speaker != answer.speaker && claim.about.contains(&answer.speaker)
    };
    let same = |other: &usize| claims[*other].source == answer.source;
    let addressed = |other: &usize| answer.about.contains(&claims[*other].speaker);
    let all = 0..claims.len();
    let before: Vec<usize> = all.clone().filter(|o| *o < at && same(o) && fits(o)).collect();
    let behind: Vec<usize> = all.clone().filter(|o| *o > at && same(o) && fits(o)).collect();
    // The claims of one span are one act of several speakers: the first stands for it.
    let first_of = |other: usize| {
        let span = &claims[other].span;
        let act = claims[other].act;
        before
            .iter()
            .copied()
            .find(|o| claims[*o].span == *span && claims[*o].act == act)
            .unwrap_or(other)
    };
    // A charge that names an actor and no state may be at the answer's door as well.
    let open = |other: &usize| {
        let claim = &claims[*other];
        claim.act.blames()
            && same(other)
            && claim.speaker != answer.speaker
            && !claim.about.iter().any(|name| is_state(claims, name))
    };
    // The nearest says who is answered; what is answered is the charge that speaker led with.
    let led_with = |other: usize| {
        let near = |at: &usize| fits(at) || open(at);
        (0..=other)
            .find(|o| same(o) && near(o) && claims[*o].speaker == claims[other].speaker)
            .map_or(other, first_of)
    };
    let nearest = before
        .iter()
        .rev()
        .copied()
        .find(|o| addressed(o))
        .or_else(|| (0..at).rev().find(|o| same(o) && (fits(o) || open(o))).map(led_with));
    let here = nearest.or_else(|| {
        behind.iter().copied().find(|o| addressed(o)).or_else(|| behind.first().copied())
    });
    here.or_else(|| {
        // Another document: said on the same day or before, the latest first.
        let dated = |other: &usize| {
            !claims[*other].said_on.is_empty()
                && !answer.said_on.is_empty()
                && claims[*other].said_on <= answer.said_on
        };
        all.filter(|o| *o != at && !same(o) && fits(o) && dated(o)).max_by(|a, b| {
            (addressed(a), &claims[*a].said_on, &claims[*b].claim_id).cmp(&(
                addressed(b),
                &claims[*b].said_on,
                &claims[*a].claim_id,
            ))
        })
    })
}
