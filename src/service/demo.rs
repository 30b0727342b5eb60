//! Use cases of the demo only: its people, and linking accounts without PINs. Independent of the demo town's data.

use std::fmt;

use jiff::civil::Date;

use super::announcements::{self, Author, Typed};
use super::refused::Declined;
use super::{Fault, Services, operators, registration, second_factor};
use crate::domain::account::{Access, AccountNumber};
use crate::domain::calendar::{date_in_words, day_in_words};
use crate::domain::id::{Owner, UserId};
use crate::domain::login::Login;
use crate::storage::{
    Connection, Database, StorageError, accounts, links, operators as stored_operators, providers, users,
};

/// The demo's first user.
pub const USER: &str = PEOPLE[0].login;
/// The password of all users, which is public.
pub const USER_PASSWORD: &str = "demo2026";
/// The demo's operator.
pub const OPERATOR: &str = "operator";
/// The name in the console.
const OPERATOR_NAME: &str = "Оператор Демонстрационный";
/// The password, which is public.
pub const OPERATOR_PASSWORD: &str = "operator2026";

/// The operator's address for one-time codes: the mailbox of the demo.
pub const OPERATOR_MAIL: &str = "operator@example.ru";

/// A user of the demo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct DemoPerson {
    /// The e-mail address; the password is [`USER_PASSWORD`].
    pub login: &'static str,
    /// What their accounts show, in Russian.
    pub story: &'static str,
}

/// All users of the demo. Some own fewer accounts than a user may have, so that a visitor can link another one.
pub const PEOPLE: [DemoPerson; 6] = [
    DemoPerson {
        login: "demo@example.ru",
        story: "Дом с газовым отоплением и квартира: зимний пик, долг за четыре месяца и пени",
    },
    DemoPerson {
        login: "family@example.ru",
        story: "Семья с тремя счетами: газ оплачен вперёд, утечка воды с перерасчётом, дача",
    },
    DemoPerson {
        login: "house@example.ru",
        story: "Большой дом: зимой платежи в несколько раз больше; у мамы истекла поверка счётчика",
    },
    DemoPerson {
        login: "pensioner@example.ru", story: "Пенсионерка: льгота каждый месяц, платит вовремя"
    },
    DemoPerson {
        login: "debtor@example.ru", story: "Должник: много месяцев без оплаты, пени растут, внесена часть"
    },
    DemoPerson {
        login: "newcomer@example.ru", story: "Новосёл: счёт открыт пять месяцев назад"
    },
];

/// The people whose logins a page may show: of a demo all, of a real portal none.
pub fn people(services: &Services) -> &'static [DemoPerson] {
    if services.settings().demo { &PEOPLE } else { &[] }
}

/// The state of a database as a demo.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Stage {
    /// The database has no data.
    Empty,
    /// Loading the demo was interrupted.
    Begun,
    /// The demo is complete.
    Filled,
    /// The database has real data: accounts with public passwords must not be added.
    Foreign,
}

/// Detects the state of the database as a demo.
///
/// # Errors
/// [`Fault`] when the storage fails.
pub async fn stage(services: &Services) -> Result<Stage, Fault> {
    let mut connection = services.db().read().await?;
    let is_empty = providers::count(&mut connection).await? == 0;
    let Some(user) = users::by_login(&mut connection, &login(USER)?).await? else {
        return Ok(if is_empty { Stage::Empty } else { Stage::Foreign });
    };
    let links = links::of_user(&mut connection, &user.id).await?;
    Ok(if links.iter().any(|link| link.access == Access::Full) { Stage::Filled } else { Stage::Begun })
}

fn login(text: &str) -> Result<Login, Fault> {
    Login::parse(text).map_err(|_| Fault::Broken("a demo user's login"))
}

/// Creates the demo's users and its operator if they are missing.
///
/// # Errors
/// [`Fault`] when the storage fails or a password cannot be hashed.
pub async fn make_people(services: &Services) -> Result<(), Fault> {
    if let Some(operator) = operators::make_for_demo(services, OPERATOR, OPERATOR_NAME, OPERATOR_PASSWORD).await? {
        second_factor::enrol_for_demo(services, &Owner::Operator(operator)).await?;
    }
    for person in &PEOPLE {
        match registration::make_confirmed(services, &login(person.login)?, USER_PASSWORD).await {
            Ok(_) | Err(Fault::Storage(StorageError::Conflict)) => {}
            Err(fault) => return Err(fault),
        }
    }
    Ok(())
}

/// A person of the demo with a public password who can sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum KnownPassword {
    /// The demo's operator.
    Operator,
    /// A user of the demo, by login.
    User(&'static str),
}

impl KnownPassword {
    /// The command that disables this sign-in.
    pub fn way_out(self) -> String {
        match self {
            Self::Operator => format!("kabinet operator password {OPERATOR}"),
            Self::User(login) => format!("kabinet user lock {login}"),
        }
    }
}

impl fmt::Display for KnownPassword {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Operator => write!(formatter, "the operator {OPERATOR}"),
            Self::User(login) => write!(formatter, "the user {login}"),
        }
    }
}

/// Finds a person who can sign in with a public password of the demo. The mark of the database is not enough: a demo
/// that was interrupted before marks existed may have its operator only.
///
/// # Errors
/// [`Fault`] when the storage fails or a password cannot be checked.
pub async fn known_password(services: &Services) -> Result<Option<KnownPassword>, Fault> {
    let operator = stored_operators::credentials(&mut *services.db().read().await?, OPERATOR).await?;
    if let Some(operator) = operator.filter(|operator| operator.person.disabled_at.is_none())
        && services.passwords().verify(OPERATOR_PASSWORD, Some(&operator.password_hash)).await?
    {
        return Ok(Some(KnownPassword::Operator));
    }
    for person in &PEOPLE {
        let user = users::credentials(&mut *services.db().read().await?, &login(person.login)?).await?;
        if let Some(user) = user.filter(|user| user.person.locked_at.is_none())
            && services.passwords().verify(USER_PASSWORD, Some(&user.password_hash)).await?
        {
            return Ok(Some(KnownPassword::User(person.login)));
        }
    }
    Ok(None)
}

/// Days from today to the planned works of the demo.
const WORKS_IN_DAYS: i64 = 4;

/// Publishes planned works of a provider on the street of the demo's first user, unless there is an announcement
/// already: an interrupted run is repeated.
///
/// # Errors
/// [`Fault`] when the storage fails or the announcement is refused.
pub async fn announce_works(services: &Services, provider_code: &str) -> Result<(), Fault> {
    if !announcements::newest(services).await?.is_empty() {
        return Ok(());
    }
    let today = services.today();
    let works = today.saturating_add(jiff::Span::new().days(WORKS_IN_DAYS));
    let (text, starts, ends) = (works_text(works), format!("{today} 00:00"), format!("{works} 18:00"));
    let typed = Typed {
        provider: provider_code,
        kind: "works",
        title: &format!("Отключат газ {}", date_in_words(works)),
        text: &text,
        starts: &starts,
        ends: &ends,
        audience: "street",
        street: "г. Тихоярск, ул. Береговая",
        houses: "1–41 нечётные",
        ..Typed::default()
    };
    let refused = |declined| match declined {
        Declined::Fault(fault) => fault,
        Declined::This(_) => Fault::Broken("the announcement of the demo"),
    };
    let id = announcements::draft(services, Author::Administrator, typed).await.map_err(refused)?;
    announcements::publish(services, Author::Administrator, &id).await.map_err(refused)?;
    Ok(())
}

fn works_text(day: Date) -> String {
    format!(
        "**{} с 9:00 до 17:00** в домах 1–41 по нечётной стороне не будет газа: меняем участок газопровода.\n\n\
         Что сделать:\n\n\
         - перекройте кран перед плитой и котлом до начала работ;\n\
         - будьте дома после 17:00: слесарь придёт и пустит газ;\n\
         - если дома никого не будет, позвоните в диспетчерскую и договоритесь о другом времени.\n\n\
         Почувствовали запах газа — звоните [104](tel:104), это бесплатно и круглосуточно.",
        day_in_words(day)
    )
}

/// Links a demo's user to accounts in full access, without their PINs: all or none. Each account is the provider's code
/// and the number; accounts above the maximum of a user are left out.
///
/// # Errors
/// [`Fault::Broken`] when the user or an account does not exist, [`Fault::Storage`] when the storage fails.
pub async fn link_full(services: &Services, person: &DemoPerson, own: &[(&str, &AccountNumber)]) -> Result<(), Fault> {
    let mut tx = services.db().begin().await?;
    let user = users::by_login(&mut tx, &login(person.login)?).await?.ok_or(Fault::Broken("the demo's user"))?;
    for (provider_code, number) in own.iter().take(services.settings().max_links.into()) {
        link(services, &mut tx, &user.id, provider_code, number).await?;
    }
    Database::commit(tx).await?;
    Ok(())
}

async fn link(
    services: &Services,
    connection: &mut Connection,
    user_id: &UserId,
    provider_code: &str,
    number: &AccountNumber,
) -> Result<(), Fault> {
    const NO_ACCOUNT: Fault = Fault::Broken("the demo's account is not there");
    let now = services.now();
    let provider = providers::by_code(connection, provider_code).await?.ok_or(NO_ACCOUNT)?;
    let account = accounts::find(connection, &provider.id, number).await?.ok_or(NO_ACCOUNT)?;
    if links::find(connection, user_id, &account.id).await?.is_none() {
        let added = links::add(connection, user_id, &account.id, services.settings().max_links, now).await?;
        added.ok_or(Fault::Broken("the demo's user has no room for the account"))?;
    }
    links::grant_full(connection, user_id, &account.id, now).await?;
    Ok(())
}
