//! Invented people and addresses: natural names whose parts agree in gender and in generation.

use super::dice::Dice;

/// Surnames of men; [`feminine`] forms those of women.
const SURNAMES: &str = "Абрамов Авдеев Агафонов Акимов Алексеев Андреев Анисимов Антипин Артамонов Архипов Афанасьев \
    Бабушкин Баженов Балашов Баранов Безматерных Белов Белоусов Беляев Березин Бобров Богданов Бойко Борисов Бочкарёв \
    Брагин Булатов Буров Васильев Вершинин Веселов Виноградов Власов Волков Вологдин Воробьёв Воронцов Вяткин Гаврилов \
    Галкин Герасимов Глухих Голубев Гончар Горбунов Гордеев Григорьев Гришин Громов Гуляев Давыдов Данилов Дементьев \
    Демидов Денисов Деревянных Дмитриев Долгих Дорофеев Дьяков Евдокимов Егоров Елисеев Емельянов Ермаков Ершов Ефимов \
    Жданов Жуков Жуланов Журавлёв Завьялов Зайцев Захаров Зверев Зеленин Зимин Зорин Зотов Зубков Зуев Иванов Игнатьев \
    Измайлов Ильин Исаев Казаков Калашников Калинин Каменских Карпов Катаев Киселёв Климов Князев Ковалёв Козлов \
    Колесников Колобов Комаров Кондратьев Коновалов Копылов Королёв Костин Котов Кочетов Кравченко Крылов Крюков \
    Кудрявцев Кузнецов Кузьминых Куликов Лаврентьев Лазарев Лаптев Лебедев Леонтьев Лобанов Логинов Лукин Лыткин \
    Макаров Максимов Малышев Мальцев Маслов Матвеев Медведев Мельников Мехоношин Минин Миронов Михайлов Моисеев \
    Морозов Мухин Назаров Наумов Некрасов Нестеров Никитин Никулин Новиков Носков Овчинников Окулов Орлов Осипов \
    Останин Павлов Панин Панфилов Пермяков Петров Платонов Плотников Поздеев Полунин Поляков Пономарёв Попов Постников \
    Прокопьев Пронин Прохоров Пьянков Рожков Романов Русских Рыбаков Рябов Савельев Савченко Сафонов Селезнёв Семёнов \
    Сергеев Сидоров Ситников Смирнов Соболев Соколов Соловьёв Сорокин Старков Степанов Столяров Субботин Суворов \
    Сухих Тарасов Терентьев Тимофеев Титов Тихонов Третьяков Трофимов Тюрин Уваров Ушаков Фадеев Федотов Филатов \
    Филиппов Фомин Фролов Харитонов Худяков Чепкасов Черепанов Черных Чернышёв Чистяков Чугунов Шадрин Шаров Шевченко \
    Шестаков Широков Шишкин Шмаков Щербаков Щукин Юдин Юрков Якимов Яковлев Ярославцев Вознесенский Добровольский \
    Зарецкий Каменский Красовский Ольховский Покровский Троицкий";

/// The names of a generation, and of its fathers.
struct Generation {
    men: &'static str,
    women: &'static str,
    /// Patronymics of men; [`daughters`] forms those of women.
    patronymics: &'static str,
}

/// Born before 1960, before 1985 and later.
const GENERATIONS: [Generation; 3] = [
    Generation {
        men: "Анатолий Борис Валентин Василий Виктор Владимир Вячеслав Геннадий Иван Леонид Михаил Николай Пётр Юрий",
        women: "Антонина Валентина Вера Галина Зинаида Зоя Лидия Любовь Людмила Мария Надежда Нина Раиса Тамара",
        patronymics: "Александрович Алексеевич Андреевич Васильевич Григорьевич Егорович Иванович Ильич Кузьмич \
            Михайлович Николаевич Павлович Петрович Семёнович Степанович Тимофеевич Фёдорович Яковлевич",
    },
    Generation {
        men: "Александр Алексей Андрей Вадим Валерий Дмитрий Евгений Игорь Константин Михаил Олег Павел Сергей Эдуард",
        women: "Елена Жанна Инна Ирина Лариса Марина Наталья Оксана Ольга Светлана Татьяна Эльвира Юлия Яна",
        patronymics: "Александрович Анатольевич Борисович Валентинович Васильевич Викторович Владимирович Геннадьевич \
            Иванович Леонидович Львович Михайлович Николаевич Петрович Фёдорович Юрьевич",
    },
    Generation {
        men: "Антон Артём Глеб Даниил Денис Егор Иван Илья Кирилл Максим Матвей Никита Роман Степан",
        women: "Алина Анастасия Анна Виктория Дарья Екатерина Ксения Кристина Мария Полина Софья Ульяна",
        patronymics: "Алексеевич Андреевич Вадимович Валерьевич Владимирович Дмитриевич Евгеньевич Игоревич Ильич \
            Константинович Михайлович Никитич Олегович Павлович Романович Сергеевич",
    },
];

/// Streets that most towns have.
const STREETS: &str = "ул. Береговая; ул. Вишнёвая; ул. Вокзальная; ул. Восточная; ул. Геологов; ул. Дружбы; \
    ул. Заводская; ул. Заречная; ул. Зелёная; ул. Камская; ул. Кленовая; ул. Комсомольская; ул. Космонавтов; \
    ул. Красноармейская; ул. Кузнечная; ул. Лесная; ул. Луговая; ул. Мира; ул. Молодёжная; ул. Набережная; \
    ул. Нагорная; ул. Новая; ул. Октябрьская; ул. Парковая; ул. Первомайская; ул. Пионерская; ул. Полевая; ул. Пушкина; ул. Рабочая; \
    ул. Речная; ул. Родниковая; ул. Рябиновая; ул. Садовая; ул. Северная; ул. Сиреневая; ул. Советская; ул. Солнечная; \
    ул. Сосновая; ул. Спортивная; ул. Строителей; ул. Учителей; ул. Цветочная; ул. Чехова; ул. Школьная; \
    ул. Энергетиков; ул. Юбилейная; ул. Южная; пер. Мельничный; пер. Почтовый; пер. Тихий; пр-т Победы; б-р Сиреневый";

/// A subscriber: surname, first name, patronymic.
pub(super) fn subscriber(dice: &mut Dice) -> String {
    let surname = pick(dice, SURNAMES.split_whitespace());
    let generation = &GENERATIONS[usize::try_from(dice.below(GENERATIONS.len() as u64)).unwrap_or_default()];
    let patronymic = |dice: &mut Dice| pick(dice, generation.patronymics.split_whitespace());
    if dice.percent(45) {
        let first = pick(dice, generation.men.split_whitespace());
        format!("{surname} {first} {}", patronymic(dice))
    } else {
        let first = pick(dice, generation.women.split_whitespace());
        format!("{} {first} {}", feminine(surname), daughters(patronymic(dice)))
    }
}

/// An address in a town: of a private house, or of a flat.
pub(super) fn address(dice: &mut Dice, town: &str, is_house: bool) -> String {
    let street = pick(dice, STREETS.split("; "));
    let (house, flat) = (dice.between(1, 90), dice.between(1, 96));
    let part = if dice.percent(8) { dice.pick(&["А", "Б", "/1", "/2"]) } else { "" };
    if is_house {
        format!("{town}, {street}, д. {house}{part}")
    } else {
        format!("{town}, {street}, д. {house}{part}, кв. {flat}")
    }
}

fn pick<'a>(dice: &mut Dice, mut from: impl Iterator<Item = &'a str> + Clone) -> &'a str {
    let count = from.clone().count() as u64;
    from.nth(usize::try_from(dice.below(count)).unwrap_or_default()).unwrap_or_default()
}

/// A woman's form of a surname. Surnames such as «Черных» and «Кравченко» have one form.
fn feminine(surname: &str) -> String {
    if let Some(stem) = surname.strip_suffix("ий") {
        return format!("{stem}ая");
    }
    let changes = ["ов", "ев", "ёв", "ин"].iter().any(|ending| surname.ends_with(ending));
    if changes { format!("{surname}а") } else { surname.to_owned() }
}

/// A woman's form of a patronymic.
fn daughters(patronymic: &str) -> String {
    match patronymic {
        "Ильич" | "Кузьмич" => format!("{}нична", patronymic.trim_end_matches('ч')),
        "Никитич" => format!("{patronymic}на"),
        _ => format!("{}на", patronymic.trim_end_matches("ич")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_womans_surname_and_patronymic_take_her_endings() {
        for (man, woman) in [
            ("Соловьёв", "Соловьёва"),
            ("Зимин", "Зимина"),
            ("Вознесенский", "Вознесенская"),
            ("Черных", "Черных"),
            ("Шевченко", "Шевченко"),
        ] {
            assert_eq!(feminine(man), woman);
        }
        for (son, daughter) in [
            ("Петрович", "Петровна"),
            ("Сергеевич", "Сергеевна"),
            ("Ильич", "Ильинична"),
            ("Никитич", "Никитична"),
            ("Кузьмич", "Кузьминична"),
        ] {
            assert_eq!(daughters(son), daughter);
        }
    }

    #[test]
    fn there_are_two_hundred_surnames_and_each_is_listed_once() {
        let surnames: Vec<&str> = SURNAMES.split_whitespace().collect();
        assert!(surnames.len() >= 200, "{}", surnames.len());
        assert_eq!(surnames.iter().collect::<HashSet<_>>().len(), surnames.len());
    }

    #[test]
    fn no_name_of_a_man_is_a_name_of_a_woman() {
        let women: HashSet<&str> = GENERATIONS.iter().flat_map(|names| names.women.split_whitespace()).collect();
        let mut men = GENERATIONS.iter().flat_map(|names| names.men.split_whitespace());
        assert!(men.all(|name| !women.contains(name)));
    }
}
