//! The real Microsoft 365 export, where it is at hand.
