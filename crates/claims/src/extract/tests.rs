use super::*;
use crate::gazetteer::shipped;
use crate::read;

fn claims(text: &str, said_on: &str) -> Vec<Claim> {
    let document = read("text.txt", text.as_bytes(), said_on.parse().ok()).unwrap();
    propose(&document, shipped())
}

fn short(claims: &[Claim]) -> Vec<String> {
    claims.iter().map(|c| format!("{} {} {:?}", c.speaker, c.act.name(), c.about)).collect()
}

#[test]
fn english_acts_with_their_speakers() {
    let text = "The United Kingdom and Estonia accused Russia of a cyber campaign against \
        parliaments. Microsoft said the group Midnight Blizzard had compromised email accounts. \
        The U.S. Treasury imposed sanctions on two officers of the GRU. Moscow's embassy in \
        London dismissed the claims as groundless and warned that Russia would respond. Germany \
        summoned the Russian ambassador on Friday.";
    let found = claims(text, "2024-05-06");
    let found = short(&found);
    for expected in [
        "United Kingdom accuse [\"Russia\"]",
        "Estonia accuse [\"Russia\"]",
        "Microsoft attribute [\"Midnight Blizzard\"]",
        "Russia deny",
        "Germany summon [\"Russia\"]",
    ] {
        assert!(found.iter().any(|claim| claim.starts_with(expected)), "{expected}: {found:#?}");
    }
    assert!(found.iter().any(|claim| claim.starts_with("United States sanction")), "{found:#?}");
}

#[test]
fn german_acts_with_their_speakers() {
    let text = "Die Bundesregierung macht die russische Hackergruppe APT28 für den Cyberangriff auf \
        die SPD verantwortlich. Am Freitag bestellte das Auswärtige Amt den russischen \
        Geschäftsträger ein. Moskau wies die Vorwürfe als haltlos zurück. Das BSI warnte vor \
        weiteren Angriffen auf Parteien.";
    let found = claims(text, "2024-05-05");
    let lines = short(&found);
    for expected in [
        "Germany attribute [\"APT28\"",
        "Germany summon [\"Russia\"]",
        "Russia deny",
        "Germany warn",
    ] {
        assert!(lines.iter().any(|claim| claim.starts_with(expected)), "{expected}: {lines:#?}");
    }
    let summon = found.iter().find(|claim| claim.act == Act::Summon).unwrap();
    assert_eq!(summon.said_on, "2024-05-03");
    let deny = found.iter().find(|claim| claim.act == Act::Deny).unwrap();
    assert_eq!(deny.replies_to.as_ref(), Some(&found[0].claim_id));
}

#[test]
fn french_acts_with_their_speakers() {
    let text = "La France attribue au renseignement militaire russe (GRU) une série de cyberattaques \
        menées par APT28 depuis 2021. « La France condamne avec la plus grande fermeté ces actions », \
        a déclaré le ministre des Affaires étrangères, Jean-Noël Barrot. Moscou a rejeté ces \
        accusations, jugées infondées.";
    let found = claims(text, "2025-04-29");
    let lines = short(&found);
    for expected in ["France attribute [\"APT28\"", "France protest", "Russia deny"] {
        assert!(lines.iter().any(|claim| claim.starts_with(expected)), "{expected}: {lines:#?}");
    }
}

#[test]
fn what_is_unsaid_or_said_by_nobody_is_no_claim() {
    for text in [
        "The cyber agency declined to blame China. Hackers and espionage were mentioned.",
        "Critics accused the hackers of espionage and cyber crime.",
        "Would London ever accuse Beijing of cyber espionage? Nobody knows whether hackers did it.",
        "The union accused the company of breaking the law. The coach confirmed that he would go.",
        "Berlin has stopped short of accusing Russia of the cyberattack by hackers.",
    ] {
        let found = claims(text, "2024-05-06");
        assert!(found.is_empty(), "{text}: {:#?}", short(&found));
    }
}

#[test]
fn spans_cite_the_bytes() {
    let text = "\u{feff}Élysée, 3 mai 2024. Paris a accusé la Russie de cyberattaques contre ses réseaux. \
        La Russie a nié toute implication dans le piratage.";
    let document = read("a.txt", text.as_bytes(), None).unwrap();
    let found = propose(&document, shipped());
    assert_eq!(found.len(), 2, "{:#?}", short(&found));
    for claim in &found {
        let start = usize::try_from(claim.evidence.offset).unwrap();
        let length = usize::try_from(claim.evidence.length).unwrap();
        assert_eq!(&text.as_bytes()[start..start + length], claim.text.as_bytes());
        let first = usize::try_from(claim.span.start).unwrap();
        let count = usize::try_from(claim.span.end - claim.span.start).unwrap();
        let by_characters: String = document.text.chars().skip(first).take(count).collect();
        assert_eq!(by_characters, claim.text);
        assert_eq!(claim.said_on, "2024-05-03");
    }
}

#[test]
fn hostile_text_ends() {
    for text in [
        "\"".repeat(5_000),
        "China said ".repeat(3_000),
        "« a « b » cyber hack ".repeat(2_000),
        "a.".repeat(50_000),
        "\u{202e}cyber hackers said, ".repeat(1_000),
    ] {
        let _ = claims(&text, "2024-01-01");
    }
}
