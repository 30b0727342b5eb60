//! `/help`: how to do each thing, in steps (M1–M11), and whom to ask. `/consent`: the text that a registration agrees to.
//! Both are open to guests.

use axum::Router;
use axum::routing::get;
use leptos::prelude::*;

use crate::components::{Card, LinkButton, Notice, NoticeKind};
use crate::domain::calendar::{parse_date, show_date};
use crate::domain::hint::{HintText, Hints};
use crate::domain::login::show_phone;
use crate::domain::password::PasswordPolicy;
use crate::domain::provider::Provider;
use crate::http::Web;
use crate::http::answer::{Answer, Failure};
use crate::http::session::Visit;
use crate::service::links::own_accounts;
use crate::service::registration::CONSENT_VERSION;

/// The addresses of this screen.
pub fn router() -> Router<Web> {
    Router::new().route("/help", get(show)).route("/consent", get(show_consent))
}

async fn show(visit: Visit) -> Answer {
    let contacts = Contacts { support: visit.web.site.support_email.clone(), providers: own_providers(&visit).await? };
    let settings = visit.services().settings();
    let (policy, max_links) = (settings.password_policy, settings.max_links);
    let hints = visit.web.site.hints.clone();
    visit.page("Помощь").under("/help").show(move || view(contacts, policy, max_links, &hints)).await
}

/// Whom to ask.
struct Contacts {
    support: String,
    /// Of the accounts that the user has linked; none for a guest.
    providers: Vec<Provider>,
}

async fn own_providers(visit: &Visit) -> Result<Vec<Provider>, Failure> {
    let Some(user) = &visit.user else { return Ok(Vec::new()) };
    let mut providers = Vec::new();
    for own in own_accounts(visit.services(), &user.id).await? {
        if !providers.contains(&own.provider) {
            providers.push(own.provider);
        }
    }
    Ok(providers)
}

/// One thing to do: its anchor, its name, its steps.
struct Topic {
    id: &'static str,
    title: &'static str,
    steps: Vec<String>,
}

fn topic(id: &'static str, title: &'static str, steps: &[&str]) -> Topic {
    Topic { id, title, steps: steps.iter().map(|step| (*step).to_owned()).collect() }
}

fn topics(policy: PasswordPolicy, max_links: u8) -> Vec<Topic> {
    let rule = format!("Придумайте пароль. {}", policy.rule());
    let room = format!("Сколько лицевых счетов можно подключить к одному кабинету: {max_links}.");
    vec![
        topic(
            "register",
            "Зарегистрироваться",
            &[
                "Откройте «Регистрация» и введите электронную почту или мобильный телефон. С ними вы будете входить.",
                &rule,
                "Прочитайте согласие на обработку персональных данных и поставьте отметку.",
                "Нажмите «Зарегистрироваться».",
            ],
        ),
        topic(
            "confirm",
            "Подтвердить почту или телефон",
            &[
                "Если указали почту, откройте письмо от нас и нажмите на ссылку. Она действует 24 часа.",
                "Если указали телефон, введите 6 цифр из SMS. Код действует 10 минут.",
                "Ничего не пришло? Загляните в папку «Спам», а через минуту запросите ещё раз.",
            ],
        ),
        topic(
            "link",
            "Подключить лицевой счёт",
            &[
                "Начните вводить название организации или регион, например «Пермь», и выберите свою из списка.",
                "Введите номер лицевого счёта: он напечатан в верхней части квитанции.",
                "Нажмите «Подключить».",
                &room,
            ],
        ),
        topic(
            "full",
            "Открыть полную версию",
            &[
                "Сразу после подключения счёт можно только оплачивать: так мы бережём ваши данные от чужих глаз.",
                "Введите ПИН-код на странице лицевого счёта и нажмите «Подтвердить». Откроются адрес, начисления, платежи, \
                 показания и квитанции.",
            ],
        ),
        topic(
            "pin",
            "Получить ПИН-код",
            &[
                "Посмотрите на бумажную квитанцию: ПИН-код стоит перед расшифровкой счёта.",
                "Если квитанции нет, на странице лицевого счёта нажмите «Подать запрос на получение ПИН-кода».",
                "Напишите имя, адрес и куда ответить. ПИН-код придёт на почту или в SMS.",
                "Совпали данные с теми, что есть у поставщика, — ПИН-код приходит сразу. Нет — запрос смотрит сотрудник.",
            ],
        ),
        topic(
            "pay",
            "Оплатить",
            &[
                "У нужного счёта нажмите «ОПЛАТИТЬ».",
                "Проверьте сумму: она подставлена сама, но её можно изменить. Копейки отделяйте запятой или точкой.",
                "Нажмите «К ОПЛАТЕ» и введите данные карты на странице банка. Комиссии нет.",
                "Вернитесь в кабинет: страница покажет, принял ли банк платёж. Второй раз платить не нужно.",
            ],
        ),
        topic(
            "receipt",
            "Получить квитанцию",
            &[
                "У нужного счёта нажмите «КВИТАНЦИЯ».",
                "Выберите месяц. Сначала стоит текущий.",
                "Нажмите «СФОРМИРОВАТЬ», а затем сохраните файл PDF или распечатайте его.",
            ],
        ),
        topic(
            "more",
            "Подключить ещё один счёт",
            &[
                "Откройте «Настройки» и нажмите «ПОДКЛЮЧИТЬ ЛИЦЕВОЙ СЧЁТ».",
                "Дальше всё как с первым счётом: организация, номер, «Подключить».",
            ],
        ),
        topic(
            "history",
            "Посмотреть начисления, платежи и показания",
            &[
                "Откройте лицевой счёт.",
                "«Взаиморасчёты» — сколько начислено и сколько оплачено по месяцам.",
                "«Платежи» — дата, сумма и кто принял деньги. Платёж через банк появляется за несколько рабочих дней.",
                "«Показания», затем «История» — все показания счётчика по датам.",
            ],
        ),
        topic(
            "unlink",
            "Отключить лицевой счёт",
            &[
                "Откройте «Настройки» и нажмите «Отключить» рядом с ненужным счётом.",
                "Подтвердите. Сам счёт и долг останутся у поставщика, история ваших платежей — в настройках.",
            ],
        ),
        topic(
            "ask",
            "Задать вопрос",
            &[
                "Рядом со словами, которые могут быть непонятны, есть знак вопроса. Наведите на него мышь или нажмите: \
                 появится подсказка.",
                "Не помогло — откройте «Обращения» и напишите нам. Ответ придёт туда же и на вашу почту или телефон.",
            ],
        ),
    ]
}

fn view(contacts: Contacts, policy: PasswordPolicy, max_links: u8, hints: &Hints) -> impl IntoView + use<> {
    let topics = topics(policy, max_links);
    let contents = topics.iter().map(|topic| {
        let address = format!("#{}", topic.id);
        view! { <li><a href=address>{topic.title}</a></li> }
    });
    let contents = contents.collect_view();
    view! {
        <h1>"Помощь"</h1>
        {contacts_card(contacts)}
        <Card title="Как это сделать">
            <ol>{contents}</ol>
        </Card>
        {topics.into_iter().map(topic_view).collect_view()}
        {glossary(hints)}
    }
}

fn topic_view(topic: Topic) -> impl IntoView {
    let heading = format!("{}-title", topic.id);
    let heading_id = heading.clone();
    view! {
        <section class="help-topic" id=topic.id aria-labelledby=heading>
            <h2 id=heading_id>{topic.title}</h2>
            <ol>{topic.steps.into_iter().map(|step| view! { <li>{step}</li> }).collect_view()}</ol>
        </section>
    }
}

fn contacts_card(contacts: Contacts) -> impl IntoView {
    let mail = format!("mailto:{}", contacts.support);
    view! {
        <Card title="Куда обратиться">
            <p><LinkButton href="/feedback">"Написать обращение"</LinkButton></p>
            <p class="long-text">"Служба поддержки личного кабинета: " <a href=mail>{contacts.support}</a></p>
            {contacts.providers.into_iter().map(provider_contacts).collect_view()}
            <p>
                <strong>"Пахнет газом?"</strong>
                " Не включайте свет, откройте окна, выйдите из дома и звоните "
                <a href="tel:104">"104"</a>
                " или "
                <a href="tel:112">"112"</a>
                "."
            </p>
        </Card>
    }
}

fn provider_contacts(provider: Provider) -> impl IntoView {
    let phone = provider.support_phone.map(|phone| {
        let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
        view! { <a href=format!("tel:{digits}")>{show_phone(&phone)}</a> }
    });
    let mail = provider.support_email.map(|mail| view! { <a href=format!("mailto:{mail}")>{mail.clone()}</a> });
    if phone.is_none() && mail.is_none() {
        return None;
    }
    let comma = (phone.is_some() && mail.is_some()).then_some(", ");
    Some(view! { <p class="long-text">{provider.name} ": " {phone} {comma} {mail}</p> })
}

/// What the words mean: the same texts as the hints beside them.
fn glossary(hints: &Hints) -> impl IntoView + use<> {
    let entry = |HintText { about, text }: &HintText| {
        view! { <div><dt>{capitalised(about)}</dt><dd>{text.clone()}</dd></div> }
    };
    view! {
        <section class="help-topic" id="words" aria-labelledby="words-title">
            <h2 id="words-title">"Что значат слова"</h2>
            <dl class="glossary">{hints.iter().map(entry).collect_view()}</dl>
        </section>
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

async fn show_consent(visit: Visit) -> Answer {
    let support = visit.web.site.support_email.clone();
    visit.page("Согласие на обработку персональных данных").show(move || consent_view(support)).await
}

fn consent_view(support: String) -> impl IntoView {
    let version = parse_date(CONSENT_VERSION).map_or_else(|_| CONSENT_VERSION.to_owned(), show_date);
    let mail = format!("mailto:{support}");
    view! {
        <h1>"Согласие на обработку персональных данных"</h1>
        <p class="muted">{format!("Редакция от {version}")}</p>
        <Notice kind=NoticeKind::Warning title="Это образец">
            <p>
                "До начала работы поставщик заменяет этот текст своим: с наименованием, ИНН и адресом оператора, как "
                "требует Федеральный закон от 27.07.2006 № 152-ФЗ."
            </p>
        </Notice>
        <p>
            "Регистрируясь в личном кабинете и ставя отметку о согласии, я свободно, своей волей и в своём интересе "
            "разрешаю оператору обрабатывать мои персональные данные на условиях ниже."
        </p>
        <h2>"Кто обрабатывает"</h2>
        <p>"Оператор — ресурсоснабжающая организация: [наименование, ИНН, адрес]."</p>
        <h2>"Какие данные"</h2>
        <ul>
            <li>"электронная почта или номер телефона, имя, если вы его указали;"</li>
            <li>"номера лицевых счетов, адрес помещения, начисления, платежи и показания приборов учёта;"</li>
            <li>"то, что вы написали в запросах и обращениях;"</li>
            <li>"дата и время входов, сетевой адрес, сведения о браузере."</li>
        </ul>
        <p>"Данные банковских карт кабинет не получает: вы вводите их на странице банка."</p>
        <h2>"Зачем"</h2>
        <p>
            "Чтобы вы могли войти в кабинет, видеть начисления и платежи, оплачивать, получать квитанции, передавать "
            "показания, задавать вопросы и получать на них ответы. Для рекламы данные не используются."
        </p>
        <h2>"Что с ними делают"</h2>
        <p>
            "Собирают, записывают, хранят, уточняют, используют, передают, удаляют — с помощью компьютеров и без них. "
            "Передают только тем, без кого услуга невозможна: банку, который принимает платёж, и операторам почты и SMS. "
            "Хранят на территории Российской Федерации."
        </p>
        <h2>"На какой срок"</h2>
        <p>
            "Пока существует ваш личный кабинет. После отзыва согласия данные удаляют в течение 30 дней, кроме тех, что "
            "закон обязывает хранить дольше, например сведений о платежах."
        </p>
        <h2>"Как отозвать"</h2>
        <p class="long-text">
            "Напишите обращение в кабинете или письмо на " <a href=mail>{support}</a>
            ". Без согласия пользоваться кабинетом нельзя, но договор с поставщиком и ваш лицевой счёт останутся прежними."
        </p>
        <h2>"Что мы запоминаем"</h2>
        <p>"Дату и время согласия, сетевой адрес, с которого оно дано, и редакцию этого текста."</p>
    }
}
