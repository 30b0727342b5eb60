//! Every component in every state, for visual checks: `/demo/components` in demo mode.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use crate::api::providers::ProviderOption;
use crate::components::{
    Badge, BadgeKind, BalanceText, BarChart, ButtonKind, Card, CheckboxField, CloseDialog, CodeField, Column,
    ConsumptionChart, CopyButton, DataTable, Dialog, EmptyState, ErrorSummary, FieldError, FieldWithHint, Hint,
    Illustration, LinkButton, MoneyText, MonthBar, Notice, NoticeKind, PROGRESS_WORDS, Pager, PasswordField,
    PeriodRange, PinField, PrintButton, ProgressLine, RowLink, SelectField, SelectOption, Sparkline, Step, StepState,
    Steps, SubmitButton, Tab, Tabs, TextArea, TextField, error_of,
};
use crate::domain::calendar::Period;
use crate::domain::consumption::MonthVolume;
use crate::domain::decimal::Volume;
use crate::domain::hint::Topic;
use crate::domain::money::Money;
use crate::domain::password::PasswordPolicy;
use crate::domain::settlement::Balance;
use crate::http::Web;
use crate::http::answer::Answer;
use crate::http::session::Visit;
use crate::islands::{AmountField, ProviderCombobox, QuickSum};

/// The route of this screen; merged in demo mode only.
pub fn router() -> Router<Web> {
    Router::new().route("/demo/components", get(show))
}

async fn show(visit: Visit) -> Answer {
    visit.page("Компоненты").show(showcase).await
}

/// The view of the page.
pub fn showcase() -> impl IntoView {
    view! {
        <h1>"Компоненты"</h1>
        {accounts()}
        {notices()}
        {fields()}
        {wrong_fields()}
        {paying()}
        {tables()}
        {charts()}
        {small_pieces()}
    }
}

const LONG_NAME: &str =
    "Общество с ограниченной ответственностью «Газпром межрегионгаз Пермь», Верхнекамский территориальный участок";

fn accounts() -> impl IntoView {
    let card = |provider: &'static str, balance: Balance| {
        view! {
            <Card title=provider>
                <p class="account-number">"Лицевой счёт " <a href="#">"59012345"</a></p>
                <p class="account-address">"614000, Пермь, ул. Уральская, д. 93, кв. 12"</p>
                <div class="balance">
                    <BalanceText balance/>
                    " "
                    <Hint topic=Topic::Balance/>
                    <p class="muted">"за октябрь 2026"</p>
                    <p><Badge kind=BadgeKind::INFO text="Оплатить до 15.11.2026"/></p>
                </div>
                <p class="actions">
                    <LinkButton href="#" hint=Topic::Pay>"ОПЛАТИТЬ"</LinkButton>
                    <LinkButton href="#" kind=ButtonKind::Secondary hint=Topic::Receipt>"КВИТАНЦИЯ"</LinkButton>
                </p>
            </Card>
        }
    };
    view! {
        <h2>"Лицевые счета"</h2>
        <div class="account-cards">
            {card("Межрегионгаз Пермь", Balance::Due(Money::from_kopecks(123_456)))}
            {card(LONG_NAME, Balance::Overpaid(Money::from_kopecks(21_237)))}
            {card("Новогор-Прикамье", Balance::Settled)} {card("ПСК", Balance::Unknown)}
        </div>
        <EmptyState title="Пока ни одного лицевого счёта">
            <p>"Номер напечатан на квитанции, рядом с адресом."</p>
            <p><LinkButton href="#">"Подключить лицевой счёт"</LinkButton></p>
        </EmptyState>
    }
}

fn notices() -> impl IntoView {
    view! {
        <h2>"Сообщения"</h2>
        <Notice title="Ограниченная версия"><p>"Начисления откроются после ввода ПИН-кода."</p></Notice>
        <Notice kind=NoticeKind::Success>"Квитанция сформирована."</Notice>
        <Notice kind=NoticeKind::Warning title="Поверка счётчика истекает 20.01.2027">
            <p>"Закажите поверку заранее: после этого дня начисляют по нормативу."</p>
        </Notice>
        <Notice kind=NoticeKind::Error title="Деньги не списаны">
            <p>"На карте не хватило денег. Пополните её или заплатите другой картой."</p>
        </Notice>
    }
}

fn fields() -> impl IntoView {
    view! {
        <h2>"Форма"</h2>
        <form method="post" action="#" novalidate>
            <TextField id="login" label="Электронная почта или телефон" autocomplete="username">
                <Hint topic=Topic::Login/>
            </TextField>
            <PasswordField id="password" label="Пароль" rule=PasswordPolicy::Manual
                autocomplete="new-password"/>
            <TextField id="number" label="Номер лицевого счёта" value="59012345" short=true inputmode="numeric"/>
            <TextField id="name" label="Как к вам обращаться" optional=true/>
            <SelectField id="period" label="Период" selected="2026-11"
                options=vec![
                    SelectOption::new("2026-11", "ноябрь 2026"),
                    SelectOption::new("2026-10", "октябрь 2026"),
                ]/>
            <PeriodRange periods=periods() from=newest().months_before(11) to=newest()/>
            <TextArea id="message" label="Сообщение" rows=4/>
            <CheckboxField id="consent">
                "Даю согласие на " <a href="/consent">"обработку персональных данных"</a>
            </CheckboxField>
            <SubmitButton busy="Отправляем…">"Зарегистрироваться"</SubmitButton>
        </form>
    }
}

fn wrong_fields() -> impl IntoView {
    let errors = vec![
        FieldError::new("wrong-login", "Введите почту вида имя@example.ru или телефон вида +7 902 123-45-67"),
        FieldError::new("pin", "ПИН-код состоит из 8 цифр. Проверьте его по квитанции"),
        FieldError::new("wrong-consent", "Без согласия мы не можем создать кабинет"),
    ];
    view! {
        <h2>"Форма с ошибками"</h2>
        <ErrorSummary errors=errors.clone()/>
        <form method="post" action="#" novalidate>
            <TextField id="wrong-login" label="Электронная почта или телефон" value="<script>alert(1)</script>"
                error=error_of(&errors, "wrong-login")/>
            <PinField error=error_of(&errors, "pin")><Hint topic=Topic::Pin/></PinField>
            <CodeField/>
            <CheckboxField id="wrong-consent" error=error_of(&errors, "wrong-consent")>
                "Даю согласие на обработку персональных данных"
            </CheckboxField>
            <p class="actions">
                <SubmitButton>"Подтвердить"</SubmitButton>
                <SubmitButton kind=ButtonKind::Secondary>"Отправить ещё раз"</SubmitButton>
                <SubmitButton kind=ButtonKind::Danger>"Отключить"</SubmitButton>
                <SubmitButton kind=ButtonKind::Quiet>"Отмена"</SubmitButton>
            </p>
        </form>
    }
}

fn paying() -> impl IntoView {
    let sum = Money::from_kopecks(123_456);
    let steps = vec![
        Step::new("Банк принял оплату", StepState::Done).note("05.11.2026 14:07"),
        Step::new("Платёж учтён в балансе", StepState::Current).note("Сразу, ждать поставщика не нужно"),
        Step::new("Поставщик учтёт платёж", StepState::Ahead),
    ];
    let provider = |code: &str, name: &str, region: &str| ProviderOption {
        code: code.to_owned(),
        name: name.to_owned(),
        region: Some(region.to_owned()),
        account_length: 8,
    };
    view! {
        <h2>"Оплата"</h2>
        <form method="post" action="#" novalidate>
            <FieldWithHint topic=Topic::Amount field="amount">
                <AmountField value=sum.plain() error=None quick=vec![QuickSum { text: "Весь долг".to_owned(), sum }]/>
            </FieldWithHint>
        </form>
        {Illustration::Done.draw()}
        <Steps items=steps/>
        {PROGRESS_WORDS.map(|words| view! { <ProgressLine words/> })}
        <h2>"Выбор поставщика"</h2>
        <form method="post" action="#" novalidate>
            <FieldWithHint topic=Topic::Provider field="provider">
                <ProviderCombobox query=String::new() chosen=None error=None
                    options=vec![
                        provider("perm-gas", "Межрегионгаз Пермь", "Пермский край"),
                        provider("kirov-gas", "Межрегионгаз Киров", "Кировская область"),
                    ]/>
            </FieldWithHint>
            <SubmitButton>"Подключить"</SubmitButton>
        </form>
    }
}

fn tables() -> impl IntoView {
    let row = |date: &'static str, kopecks: i64, source: &'static str, kind: BadgeKind, state: &'static str| {
        view! {
            <tr>
                <th scope="row">{date}</th>
                <td class="number" data-label="Сумма"><MoneyText sum=Money::from_kopecks(kopecks)/></td>
                <td data-label="Кто принял">{source}</td>
                <td data-label="Состояние"><Badge kind text=state/></td>
            </tr>
        }
    };
    let tabs = vec![
        Tab::new("#overview", "Обзор"),
        Tab::new("#settlements", "Взаиморасчёты"),
        Tab::new("#payments", "Платежи"),
        Tab::new("#readings", "Показания"),
    ];
    view! {
        <h2>"Таблица " <Hint topic=Topic::Payments/></h2>
        <Tabs label="Разделы лицевого счёта" items=tabs current="#payments"/>
        <DataTable caption="Платежи" head=vec![Column::Text("Дата"), Column::Number("Сумма"), Column::Text("Кто принял"), Column::Text("Состояние")]>
            {row("05.11.2026", 123_456, "Личный кабинет", BadgeKind::SUCCESS, "зачислено")}
            {row("04.11.2026", 10_000_000, "Личный кабинет", BadgeKind::INFO, "ожидает оплаты")}
            {row("03.11.2026", 100, "Отделение «Почты России» № 614990", BadgeKind::Plain, "не прошёл")}
        </DataTable>
        <Pager page=2 pages=7 href="?page="/>
        <dl class="facts">
            <div><dt>"Последнее показание"</dt><dd>"1 234,567 м³ на 20.10.2026"</dd></div>
            <div><dt>"Поверка до"</dt><dd>"20.01.2027"</dd></div>
        </dl>
    }
}

fn charts() -> impl IntoView {
    let newest = newest();
    let bar = |months: u32| MonthBar {
        period: newest.months_before(months),
        charged: Money::from_kopecks(40_000 + i64::from(months) * 9_700 % 110_000),
        paid: Money::from_kopecks(if months == 2 { 0 } else { 38_000 + i64::from(months) * 7_300 % 90_000 }),
    };
    let month = |ago: u32| MonthVolume {
        period: newest.months_before(ago),
        volume: Volume::from_raw(if ago == 5 { 0 } else { 52_000 + i64::from(ago * ago) * 37_300 % 403_000 }),
        computed: ago == 3,
    };
    let months: Vec<MonthVolume> = (0..24).rev().filter(|ago| *ago != 8).map(month).collect();
    let year = months.iter().map(|month| (month.period, month.volume)).collect();
    view! {
        <h2>"Графики"</h2>
        <BarChart title="Начислено и оплачено по месяцам" bars=(0..12).rev().map(bar).collect()/>
        <ConsumptionChart title="Расход по месяцам" unit="м³" months/>
        <Card title="Расход за год">
            <Sparkline unit="м³" months=year/>
        </Card>
    }
}

fn newest() -> Period {
    Period::of(jiff::civil::Date::constant(2026, 11, 1))
}

fn periods() -> Vec<Period> {
    (0..24).map(|months| newest().months_before(months)).collect()
}

fn small_pieces() -> impl IntoView {
    view! {
        <h2>"Вопрос в окне"</h2>
        <p>
            <LinkButton href="#question" kind=ButtonKind::Secondary dialog="question">"Спросить"</LinkButton>
            " " <PrintButton>"Напечатать"</PrintButton>
        </p>
        <Dialog id="question" title="Отключить лицевой счёт 59012345?">
            <p>"Счёт исчезнет из вашего кабинета. У поставщика он останется."</p>
            <div class="actions">
                <form method="post" action="#">
                    <SubmitButton kind=ButtonKind::Danger>"Отключить"</SubmitButton>
                </form>
                <CloseDialog>"Оставить"</CloseDialog>
            </div>
        </Dialog>
        <h2>"Всплывающее сообщение"</h2>
        <p>
            "59012345 "
            <CopyButton text="59012345" copied="Номер лицевого счёта скопирован" aria_label="Скопировать номер лицевого счёта"/>
        </p>
        <h2>"Разделы"</h2>
        <Card>
            <ul class="rows">
                <RowLink href="#" title="Безопасность" state="Вход по паролю и коду из приложения"/>
                <RowLink href="#" title="Мои платежи" state="Платежей через кабинет: 12"/>
            </ul>
        </Card>
        <h2>"Мелочи"</h2>
        <p>
            <Badge text="обычная"/>
            " "
            <Badge kind=BadgeKind::INFO text="на рассмотрении"/>
            " "
            <Badge kind=BadgeKind::SUCCESS text="принято"/>
            " "
            <Badge kind=BadgeKind::WARNING text="расчётное"/>
            " "
            <Badge kind=BadgeKind::ERROR text="отказано"/>
        </p>
    }
}
