//! The three public UK designations of 2024-03-25 in each list's form: names and references
//! only.

use demarche_analysis::attribution::Knowledge;
use demarche_core::Claim;

use super::*;

const UK_CSV: &str = "Report Date: 25-Mar-2024\n\
    Last Updated,Unique ID,OFSI Group ID,UN Reference Number,Name 6,Name 1,Name 2,Name 3,Name 4,Name 5,Name type,Name non-latin script,Regime Name,Designation Type\n\
    25/03/2024,CYB0044,,,\"Wuhan Xiaoruizhi Science and Technology Company, Limited\",,,,,,Primary Name,,The Cyber (Sanctions) (EU Exit) Regulations 2020,Entity\n\
    25/03/2024,CYB0045,,,Zhao,Guangzong,,,,,Primary Name,,The Cyber (Sanctions) (EU Exit) Regulations 2020,Individual\n\
    25/03/2024,CYB0046,,,Ni,Gaobin,,,,,Primary Name,,The Cyber (Sanctions) (EU Exit) Regulations 2020,Individual\n";
const UK_XML: &str = "<?xml version=\"1.0\"?><Designations><DateGenerated>25/03/2024</DateGenerated>\
    <Designation><UniqueID>CYB0045</UniqueID><Names><Name><Name6>Zhao</Name6><Name1>Guangzong</Name1>\
    <NameType>Primary Name</NameType></Name></Names><NonLatinNames><NonLatinName>\
    <NameNonLatinScript>赵光宗</NameNonLatinScript></NonLatinName></NonLatinNames>\
    <RegimeName>The Cyber (Sanctions) (EU Exit) Regulations 2020</RegimeName>\
    <IndividualEntityShip>Individual</IndividualEntityShip></Designation></Designations>";
const SDN_CSV: &str = "1,\"ZHAO, Guangzong\",\"individual\",\"CYBER2\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\
    2,\"WUHAN XIAORUIZHI SCIENCE AND TECHNOLOGY COMPANY LIMITED\",-0- ,\"CYBER2\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n\u{1a}\n";
const ALT_CSV: &str = "2,7,\"aka\",\"WUHAN XRZ\",-0- \n";
const SDN_XML: &str = "<sdnList xmlns=\"x\"><sdnEntry><uid>1</uid><firstName>Gaobin</firstName>\
    <lastName>NI</lastName><sdnType>Individual</sdnType><programList><program>CYBER2</program></programList>\
    <akaList><aka><uid>5</uid><type>a.k.a.</type><lastName>NI &amp; Gao</lastName></aka></akaList></sdnEntry></sdnList>";
const EU_XML: &str = "<export xmlns=\"x\"><sanctionEntity euReferenceNumber=\"EU.1.1\" logicalId=\"1\">\
    <regulation programme=\"CYB\" numberTitle=\"2019/796 (OJ L129I)\"/><subjectType code=\"person\" classificationCode=\"P\"/>\
    <nameAlias wholeName=\"Gaobin NI\" firstName=\"\"/></sanctionEntity></export>";
const EU_CSV: &str = "fileGenerationDate;Entity_LogicalId;Entity_EU_ReferenceNumber;Entity_SubjectType;Entity_Regulation_Programme;Entity_Regulation_NumberTitle;NameAlias_WholeName\n\
    25/03/2024;1;EU.1.1;P;CYB;2019/796;Gaobin NI\n";
const FTM: &str = "{\"id\":\"a\",\"schema\":\"Person\",\"properties\":{\"name\":[\"Ni Gaobin\"],\"alias\":[\"倪高彬\"]}}\n\
    {\"id\":\"s\",\"schema\":\"Sanction\",\"properties\":{\"entity\":[\"a\"],\"authority\":[\"UK FCDO\"],\"authorityId\":[\"CYB0046\"],\"program\":[\"Cyber\"]}}\n";

fn first(text: &str) -> Designation {
    load(text.as_bytes()).unwrap().entries.remove(0)
}

#[test]
fn every_form_of_list_is_told_by_content() {
    let uk = load(UK_CSV.as_bytes()).unwrap();
    let references: Vec<&str> = uk.entries.iter().map(|entry| entry.reference.as_str()).collect();
    assert_eq!(references, ["CYB0044", "CYB0045", "CYB0046"]);
    assert_eq!(uk.entries[1].names, ["Guangzong Zhao"]);
    assert_eq!(uk.entries[1].kind, "person");
    let xml = first(UK_XML);
    assert_eq!((xml.reference.as_str(), xml.names.len()), ("CYB0045", 2));
    assert_eq!(first(SDN_CSV).names, ["Guangzong ZHAO"]);
    assert_eq!(first(ALT_CSV).names, ["WUHAN XRZ"]);
    let sdn = first(SDN_XML);
    assert_eq!(sdn.names, ["Gaobin NI", "NI & Gao"]);
    assert_eq!((sdn.kind.as_str(), sdn.programme.as_str()), ("person", "CYBER2"));
    let eu = first(EU_XML);
    assert_eq!((eu.reference.as_str(), eu.legal_act.as_str()), ("EU.1.1", "2019/796 (OJ L129I)"));
    assert_eq!(first(EU_CSV).names, ["Gaobin NI"]);
    let ftm = first(FTM);
    assert_eq!((ftm.list.as_str(), ftm.reference.as_str()), ("UK FCDO", "CYB0046"));
    for none in ["", "a,b\n1,2\n", "{}", "<html></html>", "{\"a\":1}\n"] {
        assert!(load(none.as_bytes()).is_err(), "{none}");
    }
    assert!(load(b"<Designations><Designation>").is_err());
}

#[test]
fn names_match_across_scripts_and_orders() {
    let entries = [UK_CSV, UK_XML].iter().flat_map(|t| load(t.as_bytes()).unwrap().entries);
    let entries: Vec<Designation> = entries.collect();
    let matched = |text: &str| {
        let claim = Claim { claim_id: "s1:a".into(), text: text.into(), ..Claim::default() };
        let found = matches(&entries, &[claim], &Knowledge::default());
        found
            .into_iter()
            .map(|d| d.reference)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(matched("The UK designated Zhao Guangzong today."), "CYB0045");
    assert_eq!(matched("sanctions on GUANGZONG ZHAO"), "CYB0045");
    assert_eq!(matched("Zhao Guang Zong, said the ministry"), "CYB0045");
    assert_eq!(matched("制裁名单上有 赵光宗 。"), "CYB0045");
    assert_eq!(matched("front company Wuhan Xiaoruizhi Science & Technology Co., Ltd."), "CYB0044");
    assert_eq!(matched("Ni Gaobin and Zhao Guangzong"), "CYB0045 CYB0046");
    assert_eq!(matched("Zhao said that Ni was there"), "");
    assert_eq!(matched("Wuhan Science and Technology"), "");
}

#[test]
fn knowledge_is_matched_and_says_what_a_match_is() {
    let entries = vec![Designation {
        list: "UK".into(),
        reference: "X1".into(),
        names: vec!["Volt Typhoon".into()],
        ..Designation::default()
    }];
    let found = matches(&entries, &[], &Knowledge::shipped().unwrap());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].matched[0].kind, "intrusion set");
    assert!(found[0].note.contains("never attribution"));
}
