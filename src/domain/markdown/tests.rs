use proptest::prelude::*;

use super::*;

fn words(text: &str) -> Vec<Inline> {
    vec![Inline::Text(text.to_owned())]
}

fn blocks(text: &str) -> Vec<Block> {
    titled(&format!("# Заголовок\n\n{text}"), 1).unwrap().1
}

fn fault(text: &str) -> TextFault {
    titled(&format!("# Заголовок\n\n{text}"), 1).unwrap_err()
}

#[test]
fn lines_in_a_row_are_one_paragraph_and_an_empty_line_begins_another() {
    let expected = [Block::Paragraph(words("один два")), Block::Paragraph(words("три"))];
    assert_eq!(blocks("один\nдва\n\nтри"), expected);
}

#[test]
fn headings_and_lists_are_told_apart_from_paragraphs() {
    let items = vec![words("раз и ещё"), words("два")];
    let numbered = Block::List { numbered: true, items: vec![words("первый"), words("второй")] };
    let expected = [
        Block::Heading("Данные".to_owned()),
        Block::List { numbered: false, items },
        numbered,
        Block::Paragraph(words("Закон № 152. Далее")),
    ];
    assert_eq!(blocks("## Данные\n- раз\n  и ещё\n- два\n\n1. первый\n2. второй\n\nЗакон №\n152. Далее"), expected);
}

#[test]
fn a_quote_is_a_notice_with_its_heading() {
    let expected = Block::Notice { title: "Образец".to_owned(), text: words("строка и ещё одна") };
    assert_eq!(blocks("> ## Образец\n> строка\n> и ещё одна\n\nтекст")[0], expected);
    assert_eq!(fault("> строка").line, 3);
    assert_eq!(fault("> ## Образец\n> строка\nтекст").line, 5);
}

#[test]
fn a_letter_has_no_title_and_only_links_that_work_outside_the_portal() {
    let link = Inline::Link { text: "Оплатить".to_owned(), address: "{link}".to_owned() };
    assert_eq!(letter("Здравствуйте\n\n[Оплатить]({link})", 5).unwrap()[1], Block::Paragraph(vec![link]));
    for (text, line) in [("а\n\n[б](/pay)", 7), ("[б](#pay)", 5), ("# Заголовок", 5), ("а\n<b>", 6)] {
        assert_eq!(letter(text, 5).unwrap_err().line, line, "{text}");
    }
    assert_eq!(fault("[Оплатить]({link})").line, 3);
    assert!(paragraphs("[Оплатить]({link})").is_err());
}

#[test]
fn bold_words_and_links_are_found_within_a_line() {
    let link = |text: &str, address: &str| Inline::Link { text: text.to_owned(), address: address.to_owned() };
    let text = |text: &str| Inline::Text(text.to_owned());
    assert_eq!(
        inlines("Звоните **сразу** [104](tel:104) или [112](tel:112).").unwrap(),
        [
            text("Звоните "),
            Inline::Strong("сразу".to_owned()),
            text(" "),
            link("104", "tel:104"),
            text(" или "),
            link("112", "tel:112"),
            text("."),
        ]
    );
    assert_eq!(inlines("2 * 2 [сноска] (в скобках)").unwrap(), words("2 * 2 [сноска] (в скобках)"));
    assert_eq!(inlines("[а] и [б](/help)").unwrap(), [text("[а] и "), link("б", "/help")]);
}

#[test]
fn a_link_to_a_script_or_over_a_plain_connection_is_refused() {
    for address in ["javascript:alert(1", "http://example.ru", "//example.ru", "data:text/html,x", "example.ru", ""] {
        let problem = inlines(&format!("[слово]({address})")).unwrap_err();
        assert!(problem.contains("https://"), "{address}: {problem}");
    }
    for address in ["https://example.ru", "mailto:{support_email}", "{url}/help", "/help#pin", "#pin"] {
        assert!(inlines(&format!("[слово]({address})")).is_ok(), "{address}");
    }
}

#[test]
fn an_announcement_has_neither_headings_nor_placeholders() {
    assert_eq!(paragraphs("{url} и {имя}"), Ok(vec![Block::Paragraph(words("{url} и {имя}"))]));
    for text in ["а\n\n# Заголовок", "а\n\n> ## Б", "а\n\n[б]({url}/в)", "а\n\n[б](javascript:в)", "а\n\n<b>"]
    {
        assert_eq!(paragraphs(text).unwrap_err().line, 3, "{text}");
    }
}

#[test]
fn a_fault_names_its_line() {
    assert_eq!(fault("текст\n\n**жирный").line, 5);
    assert_eq!(fault("# Второй").line, 3);
    for line in ["### Мелкий", "<b>текст</b>", "| а | б |", "```", "![схема](/a.png)"] {
        assert_eq!(fault(line).line, 3, "{line}");
    }
    assert_eq!(titled("текст", 7).unwrap_err().line, 7);
    assert_eq!(titled("", 7).unwrap_err().line, 7);
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[ \\PC\n#>*\\[\\]()-]{0,80}") {
        let _ = (titled(&text, 1), paragraphs(&text));
        let _ = titled(&format!("# А\n{text}"), 1);
    }
}
