use leptos::prelude::*;

use super::*;
use crate::domain::calendar::Period;
use crate::domain::consumption::MonthVolume;
use crate::domain::decimal::Volume;
use crate::domain::hint::{HintText, Hints, Topic};
use crate::domain::money::Money;
use crate::domain::password::PasswordPolicy;
use crate::domain::settlement::Balance;
use crate::islands::{AmountField, ProviderCombobox};

/// The HTML that the server sends for a view.
fn html<V: IntoView>(view: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(None);
    owner.with(|| {
        provide_context(PageIds::default());
        view().into_view().to_html()
    })
}

const ATTACK: &str = "\"><script>alert(1)</script>";

#[test]
fn what_was_typed_stays_text_in_every_field() {
    let page = html(|| {
        view! {
            <TextField id="a" label="A" value=ATTACK/>
            <TextArea id="b" label="B" value=ATTACK/>
            <SelectField id="c" label="C" options=vec![SelectOption::new(ATTACK, ATTACK)]/>
            <TextField id="d" label=ATTACK hint=ATTACK error=Some(ATTACK.to_owned())/>
            <ErrorSummary errors=vec![FieldError::new("d", ATTACK)]/>
            <Notice title=ATTACK>{ATTACK}</Notice>
            <Badge text=ATTACK/>
        }
    });
    assert!(!page.contains("<script"), "{page}");
    assert!(page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn a_field_is_tied_to_its_error_and_its_hint() {
    let page = html(|| {
        view! { <TextField id="login" label="Почта" value="ivan" hint="Вида имя@example.ru" error=Some("Нет знака @".into())/> }
    });
    assert!(page.contains("aria-describedby=\"login-error login-hint\""), "{page}");
    assert!(page.contains("id=\"login-error\"") && page.contains("id=\"login-hint\""), "{page}");
    assert!(page.contains("aria-invalid=\"true\""), "{page}");
    assert!(page.contains("<label for=\"login\">"), "{page}");
    assert!(page.contains("value=\"ivan\""), "{page}");
}

#[test]
fn a_field_without_an_error_has_an_empty_place_for_one() {
    let page = html(|| view! { <TextField id="login" label="Почта"/> });
    assert!(page.contains("aria-describedby=\"login-error\"") && !page.contains("aria-invalid"), "{page}");
    assert!(page.contains("id=\"login-error\"") && !page.contains("Ошибка"), "{page}");
    assert!(page.contains(" required"), "{page}");
}

#[test]
fn an_optional_field_says_so_in_words_and_is_not_required() {
    let page = html(|| view! { <TextField id="name" label="Имя" optional=true/> });
    assert!(page.contains("(необязательно)"), "{page}");
    assert!(!page.contains(" required"), "{page}");
}

#[test]
fn the_summary_links_to_each_field_and_asks_for_the_focus() {
    let errors = vec![FieldError::new("login", "Введите почту"), FieldError::new("password", "Придумайте пароль")];
    let page = html(move || view! { <ErrorSummary errors/> });
    assert!(page.contains("href=\"#login\"") && page.contains("href=\"#password\""), "{page}");
    assert!(
        page.contains("role=\"alert\"") && page.contains("tabindex=\"-1\"") && page.contains("autofocus"),
        "{page}"
    );
}

#[test]
fn no_errors_make_a_hidden_summary_that_does_not_take_the_focus() {
    let page = html(|| view! { <ErrorSummary errors=Vec::new()/> });
    assert!(page.contains(" hidden") && !page.contains("autofocus") && !page.contains("<li"), "{page}");
}

#[test]
fn two_summaries_of_a_page_have_ids_of_their_own() {
    let page = html(|| view! { <ErrorSummary errors=Vec::new()/> <ErrorSummary errors=Vec::new()/> });
    assert!(page.contains("id=\"error-summary-0\"") && page.contains("id=\"error-summary-1\""), "{page}");
}

#[test]
fn secrets_are_never_written_back() {
    let page = html(|| {
        view! {
            <PasswordField id="password" label="Пароль" autocomplete="new-password"/>
            <PinField/>
            <CodeField/>
        }
    });
    assert!(!page.contains("value="), "{page}");
}

#[test]
fn a_new_password_carries_its_rule_for_the_browser() {
    let page = html(|| {
        view! {
            <PasswordField id="password" label="Пароль" rule=PasswordPolicy::Manual autocomplete="new-password"/>
        }
    });
    assert!(page.contains("minlength=\"5\"") && page.contains("passwordrules=\"minlength: 5;"), "{page}");
    assert!(page.contains("aria-describedby=\"password-error password-hint\""), "{page}");
    assert_eq!(page.matches("id=\"password-error\"").count(), 1, "{page}");
    let wrong = html(|| {
        let error = Some("Пароль слишком короткий".to_owned());
        view! {
            <PasswordField id="password" label="Пароль" rule=PasswordPolicy::Modern error=error
                autocomplete="new-password"/>
        }
    });
    assert_eq!(wrong.matches("id=\"password-error\"").count(), 1, "{wrong}");
    let old = html(|| view! { <PasswordField id="password" label="Пароль" autocomplete="current-password"/> });
    assert!(!old.contains("minlength") && !old.contains("passwordrules"), "{old}");
}

#[test]
fn money_is_shown_with_no_break_spaces() {
    let page = html(|| view! { <MoneyText sum=Money::from_kopecks(123_456)/> });
    assert!(page.contains("1\u{a0}234,56\u{a0}₽") && page.contains("value=\"1234.56\""), "{page}");
}

#[test]
fn a_balance_is_told_in_words_and_an_unknown_one_is_no_zero() {
    let overpaid = html(|| view! { <BalanceText balance=Balance::Overpaid(Money::from_kopecks(21_237))/> });
    assert!(overpaid.contains("Переплата") && overpaid.contains("212,37"), "{overpaid}");
    assert!(!overpaid.contains('\u{2212}'), "{overpaid}");
    let unknown = html(|| view! { <BalanceText balance=Balance::Unknown/> });
    assert!(unknown.contains("Начислений пока нет") && !unknown.contains('₽'), "{unknown}");
}

#[test]
fn the_current_tab_and_the_current_step_are_marked_for_a_screen_reader() {
    let tabs = html(|| {
        let items = vec![Tab::new("/a", "А"), Tab::new("/b", "Б")];
        view! { <Tabs label="Разделы" items current="/b"/> }
    });
    assert_eq!(tabs.matches("aria-current=\"page\"").count(), 1, "{tabs}");
    let steps = html(|| {
        let items = vec![
            Step::new("Первый", StepState::Done),
            Step::new("Второй", StepState::Past),
            Step::new("Третий", StepState::Current),
        ];
        view! { <Steps items/> }
    });
    assert_eq!(steps.matches("aria-current=\"step\"").count(), 1, "{steps}");
    assert!(steps.contains("сделано") && steps.contains("прошло") && steps.contains("сейчас"), "{steps}");
}

#[test]
fn a_single_page_has_no_pager() {
    assert!(!html(|| view! { <Pager page=1 pages=1 href="?page="/> }).contains("<nav"));
    let page = html(|| view! { <Pager page=2 pages=3 href="?page="/> });
    assert!(page.contains("href=\"?page=1\"") && page.contains("href=\"?page=3\""), "{page}");
}

#[test]
fn rows_of_several_years_are_grouped_and_those_of_one_are_not() {
    let table = |years: &[i16]| {
        let row = |year: &i16| (*year, view! { <tr><th scope="row">{year.to_string()}</th></tr> }.into_any());
        let rows = years.iter().map(row).collect::<Vec<_>>();
        html(move || view! { <YearTable caption="Платежи" head=vec![Column::Text("Дата"), Column::Text("Что")] rows/> })
    };
    let page = table(&[2026, 2026, 2025]);
    assert_eq!((page.matches("<tbody").count(), page.matches("scope=\"rowgroup\"").count()), (2, 2), "{page}");
    assert!(page.contains("colspan=\"2\"") && page.contains("2025\u{a0}год"), "{page}");
    let page = table(&[2026, 2026]);
    assert_eq!((page.matches("<tbody").count(), page.matches("rowgroup").count()), (1, 0), "{page}");
}

#[test]
fn what_is_no_mistake_is_told_calmly_and_not_at_the_field() {
    let wait = || vec![FieldError::no_mistake("password", "Подождите немного", "Попробуйте снова через 3 с")];
    let page = html(move || {
        let error = error_of(&wait(), "password");
        view! {
            <ErrorSummary errors=wait()/>
            <PasswordField id="password" label="Пароль" error=error autocomplete="current-password"/>
        }
    });
    assert!(page.contains("data-calm") && page.contains("Подождите немного"), "{page}");
    assert!(page.contains("href=\"#password\"") && page.contains("autofocus"), "{page}");
    assert!(!page.contains("Исправьте") && !page.contains("aria-invalid"), "{page}");
    let mistake = html(|| view! { <ErrorSummary errors=vec![FieldError::new("login", "Введите почту")]/> });
    assert!(mistake.contains("Исправьте ошибку") && !mistake.contains("data-calm"), "{mistake}");
}

/// The same on a page where every hint has the text `text`.
fn html_with_hints<V: IntoView>(text: &str, view: impl FnOnce() -> V) -> String {
    let words = || HintText { about: "ПИН-код".to_owned(), text: text.to_owned() };
    let hints =
        Hints::new(Topic::ALL.into_iter().map(|topic| (topic, words())).collect()).expect("every topic has words");
    html(|| {
        provide_context(hints);
        view()
    })
}

#[test]
fn two_hints_of_one_topic_have_different_ids() {
    let page = html_with_hints("Восемь цифр.", || {
        view! {
            <Hint topic=Topic::Pin/>
            <Hint topic=Topic::Pin/>
        }
    });
    assert!(page.contains("id=\"hint-0\"") && page.contains("id=\"hint-1\""), "{page}");
    assert!(page.contains("aria-describedby=\"hint-1\""), "{page}");
    assert!(page.contains("aria-label=\"Подсказка: ПИН-код\""), "{page}");
}

#[test]
fn tabs_and_buttons_with_hints_are_each_described_by_a_text_of_their_own() {
    let page = html_with_hints("Восемь цифр.", || {
        let items = vec![Tab::new("/a", "А").hint(Topic::Overview), Tab::new("/b", "Б").hint(Topic::Overview)];
        view! {
            <Tabs label="Разделы" items current="/b"/>
            <LinkButton href="/pay" hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
        }
    });
    for number in 0..3 {
        let (described_by, id) = (format!("aria-describedby=\"hint-{number}\""), format!(" id=\"hint-{number}\""));
        assert_eq!(page.matches(&described_by).count(), 1, "{page}");
        assert_eq!(page.matches(&id).count(), 1, "{page}");
    }
    assert_eq!(page.matches("role=\"tooltip\"").count(), 3, "{page}");
    assert!(!page.contains("<button") && !page.contains("popover"), "a tap only follows the link: {page}");
}

#[test]
fn a_link_without_a_hint_and_a_page_without_words_have_the_link_alone() {
    let link = || view! { <LinkButton href="/pay">"ОПЛАТИТЬ"</LinkButton> };
    let plain = html(link);
    assert!(!plain.contains("tip") && !plain.contains("aria-describedby"), "{plain}");
    assert_eq!(html_with_hints("Восемь цифр.", link), plain);
    assert_eq!(html(|| view! { <LinkButton href="/pay" hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton> }), plain);
}

#[test]
fn a_field_of_an_island_is_described_by_the_hint_around_it() {
    let fields = || {
        view! {
            <FieldWithHint topic=Topic::Provider field="provider">
                <ProviderCombobox query=String::new() chosen=None options=Vec::new() error=None/>
            </FieldWithHint>
            <FieldWithHint topic=Topic::Amount field="amount">
                <AmountField value=String::new() error=None quick=Vec::new()/>
            </FieldWithHint>
        }
    };
    let page = html_with_hints("Восемь цифр.", fields);
    for field in ["provider", "amount"] {
        assert_eq!(page.matches(&format!(" id=\"{field}-tip\"")).count(), 1, "{page}");
        assert!(page.contains(&format!("aria-describedby=\"{field}-error {field}-hint {field}-tip\"")), "{page}");
        assert!(page.contains(&format!("popovertarget=\"{field}-tip\"")), "{page}");
    }
    let page = html(fields);
    assert!(page.contains("id=\"amount\"") && !page.contains("id=\"amount-tip\""), "{page}");
}

#[test]
fn the_words_of_a_hint_stay_text() {
    let page = html_with_hints(ATTACK, || {
        view! {
            <Hint topic=Topic::Pin/>
            <LinkButton href="/pay" hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
            <FieldWithHint topic=Topic::Amount field="amount">
                <p></p>
            </FieldWithHint>
        }
    });
    assert!(!page.contains("<script"), "{page}");
    assert_eq!(page.matches("&lt;script&gt;").count(), 3, "{page}");
}

#[test]
fn a_chart_tells_its_numbers_in_words_too() {
    let period = Period::parse("2026-11").unwrap();
    let bars = vec![MonthBar { period, charged: Money::from_kopecks(44_763), paid: Money::from_kopecks(66_000) }];
    let page = html(move || view! { <BarChart title="По месяцам" bars/> });
    assert!(page.contains("ноябрь 2026"), "{page}");
    assert!(page.contains("начислено 447,63\u{a0}₽, оплачено 660,00\u{a0}₽"), "{page}");
}

#[test]
fn a_chart_draws_nothing_for_zero() {
    let period = Period::parse("2026-11").unwrap();
    let bars = vec![MonthBar { period, charged: Money::from_kopecks(44_763), paid: Money::ZERO }];
    let page = html(move || view! { <BarChart title="По месяцам" bars/> });
    let months = page.split("chart-legend").next().unwrap();
    assert_eq!((months.matches("chart-bar\"").count(), months.matches("chart-paid").count()), (1, 0), "{page}");
}

#[test]
fn a_month_of_a_chart_is_chosen_without_a_script() {
    let newest = Period::parse("2026-11").unwrap();
    let bar = |period| MonthBar { period, charged: Money::from_kopecks(100), paid: Money::from_kopecks(100) };
    let bars = vec![bar(newest.previous()), bar(newest)];
    let chosen = |selected: Option<Period>| {
        let bars = bars.clone();
        let page = html(move || view! { <BarChart title="По месяцам" bars selected=selected/> });
        let inputs: Vec<String> =
            page.split("<input").skip(1).map(|rest| rest.split('>').next().unwrap().into()).collect();
        assert_eq!(inputs.len(), 2, "{page}");
        let checked: Vec<bool> = inputs.iter().map(|input| input.contains(" checked")).collect();
        checked
    };
    assert_eq!(chosen(None), [false, true], "the newest");
    assert_eq!(chosen(Some(newest.previous())), [true, false]);
    assert_eq!(chosen(Some(newest.months_before(5))), [false, true], "a month that is not there");
}

#[test]
fn a_computed_volume_is_hollow_and_named_in_the_legend() {
    let period = Period::parse("2026-11").unwrap();
    let month = |period, computed| MonthVolume { period, volume: Volume::from_raw(35_000), computed };
    let chart = |months: Vec<MonthVolume>| html(move || view! { <ConsumptionChart title="Расход" unit="м³" months/> });
    let page = chart(vec![month(period.previous(), false), month(period, true)]);
    assert!(page.contains("chart-computed") && page.contains("Расчётный объём"), "{page}");
    assert!(page.contains("35\u{a0}м³ (расчётный объём)") && !page.contains("Годом раньше"), "{page}");
    let page = chart(vec![month(period.months_before(12), false), month(period, false)]);
    assert!(page.contains("Годом раньше") && page.contains("chart-before"), "{page}");
    assert!(!page.contains("chart-computed") && !page.contains("Расчётный"), "{page}");
    assert!(!chart(Vec::new()).contains("figure"), "nothing to show");
}

#[test]
fn a_sparkline_is_a_picture_with_words() {
    let period = Period::parse("2026-10").unwrap();
    let months = vec![(period.previous(), Volume::from_raw(52_000)), (period, Volume::from_raw(390_000))];
    let page = html(move || view! { <Sparkline unit="м³" months/> });
    assert!(page.contains("role=\"img\""), "{page}");
    assert!(page.contains("от 52 до 390\u{a0}м³, в октябре 390\u{a0}м³"), "{page}");
}

#[test]
fn no_piece_writes_a_style_attribute() {
    assert!(!html(crate::pages::showcase::showcase).contains(" style="));
}
