//! `kabinet notice preview` and a supplier's own texts of notices.

use super::{assert_done, assert_refused, assert_says, complained, kabinet, kabinet_with, place, said};

const OWN: &str = "subject: Вышла квитанция\nportal: К оплате {sum}\nsms: К оплате {sum} {link}\n\nСмотрите: {link}\n";

#[test]
fn a_preview_shows_each_channel_and_writes_the_letter_in_both_forms() {
    let place = place();
    let shown = kabinet(place.path(), &["notice", "preview", "--kind", "debt", "--out", "letters"]);
    assert_says(&shown, &["=== debt", "subject  ", "portal   ", "sms      ", " part(s), ", "Здравствуйте!"]);
    assert!(!said(&shown).contains("=== answer"), "{}", said(&shown));
    for (file, begins) in [("debt.txt", "Здравствуйте!"), ("debt.html", "<!doctype html>")] {
        let text = std::fs::read_to_string(place.path().join("letters").join(file)).expect("the letter is written");
        assert!(text.starts_with(begins), "{text}");
    }
}

#[test]
fn a_preview_of_all_shows_each_kind_and_an_unknown_one_lists_their_names() {
    let place = place();
    let all = kabinet(place.path(), &["notice", "preview"]);
    assert_done(&all);
    assert_eq!(said(&all).matches("=== ").count(), 11, "{}", said(&all));
    let unknown = kabinet(place.path(), &["notice", "preview", "--kind", "party"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(complained(&unknown).contains("new-receipt, due-soon"), "{}", complained(&unknown));
}

#[test]
fn a_suppliers_text_is_previewed_and_a_wrong_one_is_refused_with_its_file_and_line() {
    let place = place();
    let folder = place.path().join("notices");
    std::fs::create_dir(&folder).expect("a folder for the texts");
    let setting = [("KABINET_NOTICES__FOLDER", "notices")];
    std::fs::write(folder.join("new-receipt.md"), OWN).expect("the text is written");
    let shown = kabinet_with(place.path(), &["notice", "preview", "--kind", "new-receipt"], &setting);
    assert_says(&shown, &["subject  Вышла квитанция", "1\u{a0}995,34"]);

    std::fs::write(folder.join("new-receipt.md"), OWN.replace("{sum} {link}", "{summ} {link}")).expect("it is changed");
    let serve = kabinet_with(place.path(), &["serve", "--demo", "--listen", "127.0.0.1:0"], &setting);
    assert_refused(&serve, &["notices.folder", "new-receipt.md", "line 3", "{summ}"]);
    std::fs::rename(folder.join("new-receipt.md"), folder.join("receipt.md")).expect("it is renamed");
    let doctor = kabinet_with(place.path(), &["doctor"], &setting);
    assert_refused(&doctor, &["notices.folder", "receipt.md", "new-receipt.md"]);
}
