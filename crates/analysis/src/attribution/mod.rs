//! Who may be behind a campaign.
