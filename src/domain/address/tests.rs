use proptest::prelude::*;

use super::*;

/// Settlement, street and house of an address, as reduced.
fn read(text: &str) -> (String, String, String) {
    let address = Address::parse(text).unwrap_or_else(|| panic!("«{text}» is not read"));
    let house = address.house.map_or_else(String::new, |house| house.to_string());
    (address.settlement.unwrap_or_default(), address.street, house)
}

fn houses(text: &str) -> Vec<HouseRange> {
    parse_houses(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn reaches(address: &str, street: &str, houses_text: &str) -> bool {
    matches(&Address::parse(address).unwrap(), &Street::parse(street).unwrap(), &houses(houses_text))
}

#[test]
fn real_ways_to_write_an_address_are_read() {
    let cases = [
        ("г. Пермь, ул. Ленина, д. 10 корп. 2, кв. 5", ("пермь", "ленина", "10к2")),
        ("г. Пермь, ул. Ленина, д. 10, корп. 2, кв. 5", ("пермь", "ленина", "10к2")),
        ("г.Пермь,ул.Ленина,д.10 к.2,кв.5", ("пермь", "ленина", "10к2")),
        ("г.Пермь,ул.Ленина,д.10к.2,кв.5", ("пермь", "ленина", "10к2")),
        ("Ленина ул., 10/2-5", ("", "ленина", "10/2")),
        ("пр-кт Мира 12А", ("", "мира", "12а")),
        ("проспект Мира, 12 а", ("", "мира", "12а")),
        ("Пр. Мира, д. 12-А", ("", "мира", "12а")),
        ("ул Ленина дом 10 к2", ("", "ленина", "10к2")),
        ("УЛ. ЛЕНИНА, ДОМ № 10, КОРПУС 2", ("", "ленина", "10к2")),
        ("мкр. Заречный, 5", ("", "заречный", "5")),
        ("мкр 5, 10", ("", "5", "10")),
        ("кв-л 12, д. 3", ("", "12", "3")),
        ("снт Ромашка, уч. 17", ("", "ромашка", "17")),
        ("г. Яшмогорск, СНТ «Родник», уч. 41", ("яшмогорск", "родник", "41")),
        ("СНТ \"Родник\", ул. Вишнёвая, уч. 41", ("", "вишневая", "41")),
        ("614000, Пермский край, г. Пермь, ул. Семёнова, д. 3, кв. 1", ("пермь", "семенова", "3")),
        ("Россия, Пермский край, Пермский р-н, с. Култаево, ул. Мира, 7", ("култаево", "мира", "7")),
        ("г.о. Пермский, Пермь г, Ленина ул, д. 10", ("пермь", "ленина", "10")),
        ("с. Култаево, д. 5", ("култаево", "култаево", "5")),
        ("д. Кондратово, ул. Камская, д. 5Б", ("кондратово", "камская", "5б")),
        ("Пермь, Ленина, 10", ("пермь", "ленина", "10")),
        ("Пермь, Ленина 10-5", ("пермь", "ленина", "10")),
        ("г Пермь ул Ленина д 10 кв 5", ("пермь", "ленина", "10")),
        ("ул. 8 Марта, 10", ("", "8 марта", "10")),
        ("ул. 8 Марта 10", ("", "8 марта", "10")),
        ("ул. 50 лет Октября, д. 4, стр. 1", ("", "50 лет октября", "4с1")),
        ("ул. 1905 года, 5", ("", "1905 года", "5")),
        ("ул. Героев 1905, д. 3", ("", "1905 героев", "3")),
        ("ул. Набережная, 1", ("", "набережная", "1")),
        ("Набережная ул., 1", ("", "набережная", "1")),
        ("ул. Карла Маркса, д. 9", ("", "карла маркса", "9")),
        ("Маркса Карла ул, 9", ("", "карла маркса", "9")),
        ("ул. Советская 1-я, 22", ("", "1-я советская", "22")),
        ("1-я Советская ул., д. 22", ("", "1-я советская", "22")),
        ("пер. Почтовый, д. 6, лит. А", ("", "почтовый", "6а")),
        ("б-р Сиреневый, д.14\u{a0}к.\u{a0}3 , кв.36", ("", "сиреневый", "14к3")),
        ("ш. Космонавтов, 110 корпус 2", ("", "космонавтов", "110к2")),
        ("ул. Ленина, 10 – 5", ("", "ленина", "10")),
        ("ул. им. Попова, влд. 2, д. 2", ("", "попова", "2")),
        ("г. Пермь, ул. Береговая, 1", ("пермь", "береговая", "1")),
        ("ул. Береговая", ("", "береговая", "")),
        ("ул. Ленина, д. 12A", ("", "ленина", "12а")),
        ("п. Новые Ляды, ул. Мира, 26 / 1", ("ляды новые", "мира", "26/1")),
    ];
    for (text, (settlement, street, house)) in cases {
        let expected = (settlement.to_owned(), street.to_owned(), house.to_owned());
        assert_eq!(read(text), expected, "{text}");
    }
}

#[test]
fn what_names_no_street_is_not_an_address() {
    for text in ["", " , ;", "10", "614000", "кв. 5", "Пермский край", "д. 10", "ул."] {
        assert!(Address::parse(text).is_none(), "{text}");
    }
}

#[test]
fn a_street_is_read_without_its_houses() {
    assert_eq!(Street::parse("ул. Ленина, 10"), Err(StreetError::HasHouse));
    assert_eq!(Street::parse("  "), Err(StreetError::NoName));
    let expected = Street { settlement: Some("пермь".to_owned()), name: "ленина".to_owned() };
    assert_eq!(Street::parse("г. Пермь, улица Ленина"), Ok(expected));
}

#[test]
fn houses_are_read_one_by_one_and_in_ranges() {
    let cases = [
        ("1–15 нечётные", "15", true),
        ("1–15 нечётные", "14", false),
        ("1–15 нечётные", "17", false),
        ("1-15 нечетн.", "11к2", true),
        ("чётные 2 - 20", "20а", true),
        ("нечётные", "999", true),
        ("нечётные", "1000", false),
        ("2, 4, 6", "4", true),
        ("2, 4, 6", "5", false),
        ("2; 4\n6", "6", true),
        ("10к2", "10 корп. 2", true),
        ("10 корпус 2", "10к2", true),
        ("10", "10к2", false),
        ("д. 10А", "10а", true),
        ("10-20", "15/2", true),
        ("10/2", "10/2-5", true),
    ];
    for (list, house, expected) in cases {
        assert_eq!(reaches(&format!("ул. Мира, д. {house}"), "Мира", list), expected, "{house} in {list}");
    }
    assert_eq!(houses(" , \n"), []);
}

#[test]
fn what_is_no_house_is_named() {
    for item in ["пять", "15–1", "5 чётные", "0", "10000", "1-2-3", "10 20", "от 1 до 5", "нечётные чётные 5-1"]
    {
        assert_eq!(parse_houses(&format!("2, {item}")), Err(HousesError::Item(item.to_owned())), "{item}");
    }
    let many = vec!["1"; 301].join(",");
    assert_eq!(parse_houses(&many), Err(HousesError::TooMany(300)));
}

#[test]
fn an_address_matches_its_street_and_houses_only() {
    let address = "г. Пермь, ул. Ленина, д. 10 корп. 2, кв. 5";
    assert!(reaches(address, "Ленина", ""));
    assert!(reaches(address, "г. Пермь, ул. Ленина", "1-20"));
    assert!(!reaches(address, "г. Кунгур, ул. Ленина", ""));
    assert!(!reaches(address, "ул. Мира", ""));
    assert!(!reaches(address, "ул. Ленина", "10, 12"));
    assert!(reaches("Ленина ул., 10", "г. Пермь, Ленина", ""), "billing leaves out its only town");
    assert!(!reaches("ул. Ленина", "ул. Ленина", "1-99"), "an address without a house is in none of them");
}

#[test]
fn the_address_does_not_show_in_debug_output() {
    let shown = format!("{:?}", Address::parse("г. Пермь, ул. Ленина, 10"));
    assert!(!shown.contains("ленина"), "{shown}");
}

proptest! {
    #[test]
    fn no_text_makes_the_readers_panic(text in "[ а-яА-ЯёЁ0-9.,/;«»№–-]{0,60}", other in any::<String>()) {
        for text in [text, other] {
            let _ = (Address::parse(&text), Street::parse(&text), parse_houses(&text));
        }
    }

    #[test]
    fn labels_and_commas_make_no_difference(
        street in "[а-я]{5,9}ая",
        number in 1_u32..999,
        block in 1_u32..20,
        flat in 1_u32..300,
    ) {
        let expected = (String::new(), street.clone(), format!("{number}к{block}"));
        for text in [
            format!("ул. {street}, д. {number} корп. {block}, кв. {flat}"),
            format!("улица {street}, дом {number}, корпус {block}, квартира {flat}"),
            format!("{street} ул., {number}к{block}-{flat}"),
            format!("ул {street} {number} к {block}"),
            format!("Ул.{street},д.{number}к.{block},кв.{flat}"),
        ] {
            prop_assert_eq!(read(&text), expected.clone(), "{}", text);
        }
    }
}
