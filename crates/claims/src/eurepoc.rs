//! The European Repository of Cyber Incidents' table of attributions.
//!
//! One row says who attributed an incident to whom, on what basis, when. Each becomes one
//! claim. A row whose basis is "Contested attribution" says besides that it is contested:
//! that becomes a counter-claim of its own, which answers the first. So there are as many
//! claims as rows, and as many counter-claims as rows that are contested.
//! (EuRepoC, <https://eurepoc.eu>, *Attribution dataset*, codebook 1.1.)

use demarche_core::id::{sha256_hex, short_hash};
use demarche_core::{Act, Claim, EvidenceRef, Locator, SourceId, Span};

/// The columns that make a table this one.
const COLUMNS: [&str; 11] = [
    "incident_ID",
    "attribution_ID",
    "attribution_date",
    "attribution_type",
    "attribution_basis",
    "attributing_actor",
    "attribution_it_company",
    "attributing_country",
    "attributed_initiator",
    "attributed_initiator_country",
    "attributed_initiator_category",
];
/// The most rows that are read.
const MOST_ROWS: usize = 1_000_000;

/// Claims of a table, and what could not be read of it.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// In the order of the rows.
    pub claims: Vec<Claim>,
    /// Rows that are no rows, and why.
    pub problems: Vec<String>,
}

/// Whether bytes are this table: told by its header line.
#[must_use]
pub fn is_table(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len().min(4_096));
    let Ok(header) = std::str::from_utf8(&bytes[..end]) else { return false };
    let names: Vec<&str> = header.trim_end().split(',').map(str::trim).collect();
    COLUMNS.iter().all(|column| names.contains(column))
}

/// Reads the table.
#[must_use]
pub fn read(name: &str, bytes: &[u8]) -> Table {
    let source = SourceId::from_stored(format!("sha256:{}", sha256_hex(bytes)));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = match reader.byte_headers() {
        Ok(header) => header.clone(),
        Err(error) => {
            return Table { claims: Vec::new(), problems: vec![error.to_string()] };
        }
    };
    let places: Vec<Option<usize>> = COLUMNS
        .iter()
        .map(|column| {
            header.iter().position(|name| {
                let name = name.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(name);
                name == column.as_bytes()
            })
        })
        .collect();
    let mut table = Table::default();
    let mut record = csv::ByteRecord::new();
    for row in 0..MOST_ROWS as u64 {
        let start = reader.position().byte();
        match reader.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {}
            Err(error) => {
                table.problems.push(format!("row {row}: {error}"));
                continue;
            }
        }
        let end = reader.position().byte();
        let cited = usize::try_from(start).ok().zip(usize::try_from(end).ok());
        let line = cited.and_then(|(start, end)| bytes.get(start..end)).unwrap_or_default();
        let evidence = EvidenceRef {
            source: source.clone(),
            path: name.to_owned(),
            offset: start,
            length: line.len() as u64,
            locator: Some(Locator { row: Some(row), ..Locator::default() }),
            sha256: sha256_hex(line),
        };
        let get = |column: usize| {
            let cell = places[column].and_then(|at| record.get(at)).unwrap_or_default();
            let cell = String::from_utf8_lossy(cell).trim().to_owned();
            if cell == "Not available" { String::new() } else { cell }
        };
        claims(&get, evidence, row, &mut table.claims);
    }
    table
}

fn claims(get: &dyn Fn(usize) -> String, evidence: EvidenceRef, row: u64, all: &mut Vec<Claim>) {
    let [incident, id, date, kind, basis] = [get(0), get(1), get(2), get(3), get(4)];
    let actor = [get(5), get(6)].into_iter().find(|name| !name.is_empty()).unwrap_or_default();
    let country = get(7);
    let by_attacker = basis == "Attacker confirms";
    let mut about: Vec<String> =
        [get(8), get(9)].into_iter().filter(|name| !name.is_empty() && name != "Unknown").collect();
    about.dedup();
    let speaker = match (country.as_str(), actor.as_str()) {
        ("", "") if by_attacker => about.first().cloned().unwrap_or_default(),
        ("", actor) => actor.to_owned(),
        (country, _) => country.to_owned(),
    };
    let act = if by_attacker {
        Act::Confirm
    } else if kind == "Domestic legal action" {
        Act::Charge
    } else {
        Act::Attribute
    };
    let text = format!(
        "incident {incident}, attribution {id}: {basis}; {kind}; initiator {}, {}: {}",
        get(8),
        get(9),
        get(10)
    );
    let source = evidence.source.as_str().to_owned();
    let make = |act: Act, hedge: &str| {
        let id = short_hash(&[source.as_bytes(), &row.to_le_bytes(), act.name().as_bytes()]);
        Claim {
            claim_id: format!("s1:{id}"),
            speaker: speaker.clone(),
            authority: if actor == speaker { String::new() } else { actor.clone() },
            act,
            about: about.clone(),
            hedge: hedge.to_owned(),
            said_on: date.clone(),
            reported_by: "EuRepoC".to_owned(),
            span: Span {
                start: evidence.offset,
                end: evidence.offset + evidence.length,
                sha256: evidence.sha256.clone(),
            },
            source: source.clone(),
            path: evidence.path.clone(),
            text: text.clone(),
            evidence: evidence.clone(),
            status: "proposed".to_owned(),
            ..Claim::default()
        }
    };
    let claim = make(act, "");
    if basis == "Contested attribution" {
        let counter = Claim {
            replies_to: Some(claim.claim_id.clone()),
            speaker: String::new(),
            authority: String::new(),
            ..make(Act::Deny, "contested")
        };
        all.push(claim);
        all.push(counter);
    } else {
        all.push(claim);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "incident_ID,attribution_ID,attribution_date,attribution_type,attribution_basis,attributing_actor,attribution_it_company,attributing_country,attributed_initiator,attributed_initiator_country,attributed_initiator_category\n\
        1,2.0,2020-01-01,\"Political statement, on a website\",Attribution by receiver government / state entity,Not available,,Germany,APT28,Russia,State\n\
        1,3.0,,Attribution given,Contested attribution,,,,Not available,India,State\n";

    #[test]
    fn a_contested_row_is_a_claim_and_a_counter_claim() {
        assert!(is_table(SAMPLE.as_bytes()) && !is_table(b"a,b\n1,2\n"));
        let table = read("t.csv", SAMPLE.as_bytes());
        assert!(table.problems.is_empty());
        let acts: Vec<_> = table.claims.iter().map(|claim| claim.act).collect();
        assert_eq!(acts, [Act::Attribute, Act::Attribute, Act::Deny]);
        assert_eq!(table.claims[0].speaker, "Germany");
        assert_eq!(table.claims[0].about, ["APT28", "Russia"]);
        assert_eq!(table.claims[2].replies_to.as_ref(), Some(&table.claims[1].claim_id));
        for claim in &table.claims {
            let at = usize::try_from(claim.evidence.offset).unwrap();
            let length = usize::try_from(claim.evidence.length).unwrap();
            let line = &SAMPLE.as_bytes()[at..at + length];
            assert_eq!(sha256_hex(line), claim.evidence.sha256);
            assert!(line.starts_with(b"1,"));
        }
    }
}
