//! What to do now.

use maud::{Markup, html};

use super::marks;
use crate::catalogue::tr;
use crate::html::Page;

pub(crate) fn part(page: &Page<'_>) -> Markup {
    let actions = &page.narrative.actions;
    html! {
        @if actions.is_empty() {
            p.none {
                (tr("Nothing found here calls for a step at once. The next step is to hand in what was \
                 not covered, while it is still kept, and to run again."))
            }
        } @else {
            ol.actions {
                @for action in actions {
                    li {
                        div.st {
                            p {
                                @if action.urgent { span.tag.live { (tr("active")) } " " }
                                b { (action.title) ". " }
                                (marks::text(&action.statement))
                            }
                            (marks::number(&action.statement))
                        }
                    }
                }
            }
        }
    }
}
