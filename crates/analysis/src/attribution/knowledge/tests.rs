use super::*;

/// Two sets, one shared alias, a revoked technique, a deprecated one, a campaign.
pub(crate) fn small() -> Knowledge {
    let mut builder = Builder::new();
    assert!(builder.add("bundle.json", SMALL.as_bytes()));
    assert!(builder.add("threat-actor.json", ACTORS.as_bytes()));
    builder.finish().unwrap().0
}

pub(crate) const SMALL: &str = r#"{"type":"bundle","id":"bundle--1","objects":[
 {"type":"identity","id":"identity--1"},
 {"type":"attack-pattern","id":"a1","name":"Link","modified":"2024-01-01T00:00:00Z","external_references":[{"source_name":"mitre-attack","external_id":"T1566.002"}]},
 {"type":"attack-pattern","id":"a2","name":"Rule","external_references":[{"source_name":"mitre-attack","external_id":"T1114.003"}]},
 {"type":"attack-pattern","id":"a3","name":"Gone","x_mitre_deprecated":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1000"}]},
 {"type":"attack-pattern","id":"a4","name":"Old","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1192"}]},
 {"type":"relationship","id":"r0","relationship_type":"revoked-by","source_ref":"a4","target_ref":"a1"},
 {"type":"malware","id":"m1","name":"Sogu","x_mitre_aliases":["Sogu","Korplug"],"external_references":[{"source_name":"mitre-attack","external_id":"S0013"}]},
 {"type":"intrusion-set","id":"g1","name":"ALPHA","aliases":["ALPHA","Shared Name"],"external_references":[{"source_name":"mitre-attack","external_id":"G0001"},{"source_name":"Shared Name","description":"(Citation: Vendor 2021)"}]},
 {"type":"intrusion-set","id":"g2","name":"BETA","aliases":["BETA","shared name"],"external_references":[{"source_name":"mitre-attack","external_id":"G0002"}]},
 {"type":"relationship","id":"r1","relationship_type":"uses","source_ref":"g1","target_ref":"a1","external_references":[{"source_name":"Vendor 2021","description":"V. (2021, May 3). T. Retrieved June 1, 2022."},{"source_name":"Other","description":"O. (2023). T."}]},
 {"type":"relationship","id":"r2","relationship_type":"uses","source_ref":"g1","target_ref":"m1","external_references":[{"source_name":"Other","description":"O. (2023). T."}]},
 {"type":"relationship","id":"r3","relationship_type":"uses","source_ref":"g2","target_ref":"a2","external_references":[{"source_name":"Undated"}]},
 {"type":"relationship","id":"r4","relationship_type":"uses","source_ref":"g2","target_ref":"a3"},
 {"type":"relationship","id":"r5","relationship_type":"uses","source_ref":"m1","target_ref":"a2","external_references":[{"source_name":"Other","description":"O. (2023). T."}]},
 {"type":"campaign","id":"c1","name":"Op","first_seen":"2021-01-02T00:00:00Z","external_references":[{"source_name":"mitre-attack","external_id":"C0001"}]},
 {"type":"relationship","id":"r6","relationship_type":"attributed-to","source_ref":"c1","target_ref":"g1"},
 {"type":"relationship","id":"r7","relationship_type":"uses","source_ref":"c1","target_ref":"a2","external_references":[{"source_name":"Undated"}]}
]}"#;

const ACTORS: &str = r#"{"type":"threat-actor","version":7,"values":[
 {"value":"Alpha Team","meta":{"country":"XA","cfr-suspected-state-sponsor":"Xanadu","refs":["https://attack.mitre.org/groups/G0001/"],"synonyms":["Shared Name","ALFA"],"origin:ALFA":"Vendor"}},
 {"value":"Gamma","meta":{"synonyms":["Shared Name"]}}]}"#;

#[test]
fn facts_are_joined_and_nothing_more() {
    let known = small();
    assert_eq!(known.snapshot.attack_modified, "2024-01-01");
    assert_eq!(known.snapshot.galaxies["threat-actor"], 7);
    assert_eq!(known.techniques.len(), 2);
    assert_eq!(known.technique("t1192"), known.technique("T1566.002"));
    assert_eq!(known.technique("T1000"), None);
    let alpha = &known.sets[known.set("G0001").unwrap()];
    assert_eq!(alpha.techniques.len(), 1);
    let dates: Vec<String> = alpha.techniques[0]
        .citations
        .iter()
        .map(|c| known.citations[*c].date.unwrap().to_string())
        .collect();
    assert_eq!(dates, ["2023", "2021-05-03"]);
    assert_eq!(known.software("korplug"), Some(0));
    assert_eq!(known.campaigns[0].first_seen, "2021-01-02");
    assert_eq!(known.campaigns[0].sets[0].target, 0);
}

#[test]
fn a_shared_alias_stays_ambiguous() {
    let known = small();
    assert_eq!(known.ambiguous_names()["shared name"], ["G0001", "G0002", "Gamma"]);
    assert_eq!(known.actors.len(), 1);
    let alpha = &known.sets[0];
    let alfa = alpha.aliases.iter().find(|a| a.name == "ALFA").unwrap();
    assert_eq!(alfa.used_by, ["Vendor"]);
    let shared = alpha.aliases.iter().find(|a| a.name == "Shared Name").unwrap();
    assert_eq!(shared.used_by, ["Vendor 2021"]);
    assert!(alpha.assessments.iter().any(|a| a.value == "Xanadu" && a.by.contains("MISP")));
}

#[test]
fn the_file_says_the_same_again() {
    let known = small();
    let text = known.to_json();
    assert!(text.contains("reproduced and distributed with the permission"));
    let again = Knowledge::from_json(text.as_bytes()).unwrap();
    assert_eq!(again, known);
    assert_eq!(again.digest(), known.digest());
    assert!(known.snapshot_label().contains("MISP galaxy threat-actor 7; blake3:"));
}

#[test]
fn the_order_of_documents_does_not_matter() {
    let mut builder = Builder::new();
    assert!(builder.add("b", ACTORS.as_bytes()));
    for bad in ["", "[]", "{}", "{\"type\":3}", "MZ", "{\"type\":\"bundle\",\"objects\":7}"] {
        assert!(!builder.add(bad, bad.as_bytes()), "{bad}");
    }
    assert!(builder.add("a", SMALL.as_bytes()));
    let (known, counts) = builder.finish().unwrap();
    assert_eq!(known, small());
    assert_eq!((counts.documents, counts.ignored, counts.dangling_relations), (8, 6, 1));
    assert!(matches!(Builder::new().finish(), Err(KnowledgeError::Empty { documents: 0 })));
}

#[test]
fn damaged_files_are_refused() {
    let text = small().to_json();
    for (from, to) in [
        ("\"1.0.1\"", "\"9.0\""),
        ("\"1.0.1\"", "\"1.7\""),
        ("\"1.0.1\"", "\"1.1.0\""),
        ("\"1.0.1\"", "\"1.0,0.1\""),
        ("\"1.0.1\"", "\"1.0,18446744073709551615.0\""),
        ("demarche-knowledge/1", "demarche-knowledge/9"),
        ("G0002", "G0000"),
    ] {
        let bad = text.replacen(from, to, 1);
        assert_ne!(bad, text, "{from} is not in {text}");
        assert!(Knowledge::from_json(bad.as_bytes()).is_err(), "{from} -> {to}");
    }
    assert!(Knowledge::from_json(&text.as_bytes()[..text.len() / 2]).is_err());
}

#[test]
fn the_shipped_file_is_whole() {
    let known = Knowledge::shipped().unwrap();
    assert_eq!(known.to_json().as_bytes(), SHIPPED);
    assert!(known.sets.len() > 150);
    let zirconium = &known.sets[known.set("G0128").unwrap()];
    assert_eq!(zirconium.name, "ZIRCONIUM");
    assert!(zirconium.aliases.iter().any(|a| a.name == "APT31"));
}
