//! Event time as seconds since 1970 in UTC, and the ways logs write it.
//!
//! Local offsets follow the European rule (last Sundays of March and October,
//! 01:00 UTC; Directive 2000/84/EC), which covers the three home countries.

/// Seconds of a minute.
pub const MINUTE: i64 = 60;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Seconds of a day.
pub const DAY: i64 = 86_400;

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];

/// Days since 1970 of a civil date (H. Hinnant, `days_from_civil`).
#[must_use]
pub fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

/// Year, month and day of days since 1970.
#[must_use]
pub fn civil_of(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

/// Day of the week, 0 = Monday.
#[must_use]
pub fn weekday(time: i64) -> i64 {
    (time.div_euclid(DAY) + 3).rem_euclid(7)
}

fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days_of(year, month, 31);
    last - (last + 4).rem_euclid(7)
}

/// Offset from UTC in minutes of a zone of base `base` minutes that keeps
/// European summer time.
#[must_use]
pub fn offset_at(time: i64, base: i64) -> i64 {
    let (year, _, _) = civil_of(time.div_euclid(DAY));
    let from = last_sunday(year, 3) * DAY + HOUR;
    let to = last_sunday(year, 10) * DAY + HOUR;
    if (from..to).contains(&time) { base + 60 } else { base }
}

/// Parts of a clock reading: year, month, day, hour, minute, second.
#[must_use]
pub fn parts(time: i64) -> [i64; 6] {
    let (year, month, day) = civil_of(time.div_euclid(DAY));
    let rest = time.rem_euclid(DAY);
    [year, month, day, rest / HOUR, rest % HOUR / 60, rest % 60]
}

/// `+0100` for 60 minutes.
#[must_use]
pub fn zone(offset: i64) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let minutes = offset.abs();
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

/// RFC 5322 date at an offset in minutes.
#[must_use]
pub fn rfc5322(time: i64, offset: i64) -> String {
    let local = time + offset * 60;
    let [y, m, d, h, min, s] = parts(local);
    let day = WEEKDAYS[local.div_euclid(DAY).rem_euclid(7) as usize];
    let month = MONTHS[(m - 1) as usize];
    format!("{day}, {d} {month} {y} {h:02}:{min:02}:{s:02} {}", zone(offset))
}

/// The date of an mbox `From ` line (asctime, UTC).
#[must_use]
pub fn asctime(time: i64) -> String {
    let [y, m, d, h, min, s] = parts(time);
    let day = WEEKDAYS[time.div_euclid(DAY).rem_euclid(7) as usize];
    format!("{day} {} {d:>2} {h:02}:{min:02}:{s:02} {y}", MONTHS[(m - 1) as usize])
}

/// `2024-05-01T10:00:00` without a zone, as Microsoft 365 writes UTC.
#[must_use]
pub fn bare(time: i64) -> String {
    let [y, m, d, h, min, s] = parts(time);
    format!("{y:04}-{m:02}-{d:02}T{h:02}:{min:02}:{s:02}")
}

/// RFC 3339 in UTC.
#[must_use]
pub fn rfc3339(time: i64) -> String {
    let mut out = bare(time);
    out.push('Z');
    out
}

/// `2024-05-01 10:00:00`, as Asterisk writes.
#[must_use]
pub fn spaced(time: i64) -> String {
    bare(time).replace('T', " ")
}

/// `01/May/2024:10:00:00 +0000`, as the combined log format writes.
#[must_use]
pub fn combined(time: i64) -> String {
    let [y, m, d, h, min, s] = parts(time);
    format!("{d:02}/{}/{y}:{h:02}:{min:02}:{s:02} +0000", MONTHS[(m - 1) as usize])
}

/// `20240501` of a time.
#[must_use]
pub fn compact_day(time: i64) -> String {
    bare(time)[..10].replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_round_trip_and_formats() {
        for days in [-1, 0, 59, 18_321, 19_782, 20_000] {
            let (y, m, d) = civil_of(days);
            assert_eq!(days_of(y, m, d), days);
        }
        let time = days_of(2024, 3, 5) * DAY + 10 * HOUR;
        assert_eq!(rfc3339(time), "2024-03-05T10:00:00Z");
        assert_eq!(rfc5322(time, 60), "Tue, 5 Mar 2024 11:00:00 +0100");
        assert_eq!(weekday(time), 1);
    }

    #[test]
    fn summer_time_of_2024() {
        let noon = |m, d| days_of(2024, m, d) * DAY + 12 * HOUR;
        assert_eq!(offset_at(noon(3, 30), 60), 60);
        assert_eq!(offset_at(noon(3, 31), 60), 120);
        assert_eq!(offset_at(noon(10, 26), 60), 120);
        assert_eq!(offset_at(noon(10, 27), 60), 60);
    }
}
