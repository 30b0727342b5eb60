//! An administrator's commands on operators and users. They are idempotent: a repeated command changes, records and
//! sends nothing.

use super::portal::{INDEBTED, OPERATOR_PASSWORD, PERM, Person, Portal, at_once, new_operator};
use crate::domain::account::Access;
use crate::domain::calendar::Span;
use crate::domain::id::Owner;
use crate::domain::login::Login;
use crate::domain::password::PasswordError;
use crate::domain::session::Session;
use crate::exchange::Kind;
use crate::service::operators::{self, Listed, NewOperator, OperatorError, Providers};
use crate::service::sessions;
use crate::service::user_admin::{self, UserAdminError};
use crate::service::{Visitor, registration};
use crate::storage::testing::{TestDatabase, on_both_engines};

/// Rounds of a race that hashes passwords on both sides.
const ROUNDS: usize = 20;
/// Another provider of the town.
const OTHER: &str = "ufa-gas";
/// Another password of an operator.
const OTHER_PASSWORD: &str = "belaya-nad-ufoy-2026";
/// The user of these walks.
const IVAN: &str = "ivan@example.ru";

async fn with_another_provider(portal: &Portal) {
    portal.billing_brings(Kind::Providers, "code;name;region;account_length\nufa-gas;Газ Уфа;Башкортостан;8\n").await;
}

fn codes(codes: &[&str]) -> Vec<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

fn ivan() -> Login {
    Login::parse(IVAN).unwrap()
}

/// The number of events of an action in the trail.
async fn events(portal: &Portal, action: &str) -> usize {
    portal.dump("audit").await.matches(&format!("|{action}|")).count()
}

/// The only listed operator.
async fn listed(portal: &Portal) -> Listed {
    let mut all = operators::list(&portal.services).await.unwrap();
    assert_eq!(all.len(), 1);
    all.pop().unwrap()
}

/// The number of letters with a subject to a recipient.
fn letters(portal: &Portal, to: &str, subject: &str) -> usize {
    portal.mail.messages().iter().filter(|letter| letter.to == to && letter.subject == subject).count()
}

/// Enters an operator's password, in a browser that then waits for the code.
async fn between_the_steps<'a>(portal: &'a Portal, login: &str, password: &str) -> Person<'a> {
    let browser = portal.browser();
    browser
        .posts("/console/sign-in", &[("login", login), ("password", password)])
        .await
        .leads_to("/console/sign-in/code");
    browser
}

async fn session(person: &Person<'_>) -> Session {
    let cookie = person.session_cookie();
    let (_, secret) = cookie.split_once('=').unwrap();
    sessions::find(&person.portal.services, secret).await.unwrap().unwrap()
}

/// Enables the second factor of a user.
async fn switches_on(person: &Person<'_>) {
    let secret = person.opens("/settings/second-factor").await.secret();
    let code = person.portal.code_of(&secret);
    person.posts("/settings/second-factor", &[("code", &code)]).await.leads_to("/settings/second-factor/codes");
}

on_both_engines! {
    async fn a_provider_that_is_named_twice_counts_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        with_another_provider(&portal).await;
        let twice = codes(&[PERM, PERM]);
        let new = NewOperator { providers: Providers::Only(&twice), ..new_operator("olga") };
        operators::add(&portal.services, new).await.unwrap();
        assert_eq!(listed(&portal).await.providers, Providers::Only(codes(&[PERM])));
        let mixed = codes(&[OTHER, PERM, OTHER]);
        assert!(operators::set_providers(&portal.services, "olga", Providers::Only(&mixed)).await.unwrap());
        assert_eq!(listed(&portal).await.providers, Providers::Only(codes(&[PERM, OTHER])));
    }

    async fn an_empty_list_of_providers_is_not_all_of_them(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let nothing = NewOperator { providers: Providers::Only(&[]), ..new_operator("olga") };
        let refused = operators::add(&portal.services, nothing).await;
        assert!(matches!(refused, Err(OperatorError::NoProvider)));
        assert!(operators::list(&portal.services).await.unwrap().is_empty());
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let refused = operators::set_providers(&portal.services, "olga", Providers::Only(&[])).await;
        assert!(matches!(refused, Err(OperatorError::NoProvider)));
        assert_eq!(listed(&portal).await.providers, Providers::All);
    }

    async fn a_refused_operator_leaves_no_trace(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let unknown = codes(&[PERM, "water"]);
        let new = NewOperator { providers: Providers::Only(&unknown), ..new_operator("olga") };
        let refused = operators::add(&portal.services, new).await;
        assert!(matches!(refused, Err(OperatorError::Provider(code)) if code == "water"));
        for table in ["operators", "operator_providers", "installation"] {
            assert_eq!(portal.dump(table).await, "", "{table}");
        }
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        assert_eq!(portal.dump("installation").await, "kind|real");
        assert!(matches!(operators::add(&portal.services, new_operator(" OLGA ")).await, Err(OperatorError::Taken)));
    }

    async fn the_login_and_the_name_of_an_operator_are_one_line_of_plain_characters(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let add = async |new| operators::add(&portal.services, new).await.map(|_| ());
        let (long_login, long_name) = ("о".repeat(61), "О".repeat(121));
        for login in ["", " ", "ol\nga", "ol\tga", "ol\u{202e}ga", &long_login] {
            assert!(matches!(add(new_operator(login)).await, Err(OperatorError::Login)), "{login:?}");
        }
        for name in ["", " ", "Ольга\nИванова", "Ольга\u{7}", &long_name] {
            let new = NewOperator { name, ..new_operator("olga") };
            assert!(matches!(add(new).await, Err(OperatorError::Name)), "{name:?}");
        }
        for contact in ["", "olga"] {
            let new = NewOperator { contact: Some(contact), ..new_operator("olga") };
            assert!(matches!(add(new).await, Err(OperatorError::Contact)), "{contact:?}");
        }
        let longest = NewOperator { name: &long_name[2..], ..new_operator(&long_login[2..]) };
        assert!(add(longest).await.is_ok());
    }

    async fn the_list_of_operators_tells_providers_second_factor_and_last_sign_in(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let perm = codes(&[PERM]);
        let new = NewOperator { providers: Providers::Only(&perm), ..new_operator("olga") };
        operators::add(&portal.services, new).await.unwrap();
        let before = listed(&portal).await;
        assert_eq!((before.operator.login.as_str(), before.operator.name.as_str()), ("olga", "Ольга"));
        assert_eq!(before.providers, Providers::Only(perm));
        assert_eq!((before.second_factor, before.last_sign_in), (false, None));
        portal.browser().enters_console("olga").await;
        let after = listed(&portal).await;
        assert_eq!((after.second_factor, after.last_sign_in), (true, Some(portal.services.now())));
        operators::add(&portal.services, new_operator("anna")).await.unwrap();
        let all = operators::list(&portal.services).await.unwrap();
        let shown: Vec<_> = all.iter().map(|listed| (listed.operator.login.as_str(), &listed.providers)).collect();
        assert_eq!(shown, [("anna", &Providers::All), ("olga", &after.providers)]);
    }

    async fn an_operator_who_is_disabled_again_stays_disabled_since_the_first_time(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.operator("olga").await;
        let first = portal.services.now();
        assert_eq!(operators::disable(&portal.services, "olga").await.unwrap(), None);
        portal.passes(Span::hours(1));
        assert_eq!(operators::disable(&portal.services, " Olga ").await.unwrap(), Some(first));
        assert_eq!(listed(&portal).await.operator.disabled_at, Some(first));
        assert!(operators::enable(&portal.services, "olga").await.unwrap());
        assert!(!operators::enable(&portal.services, "olga").await.unwrap());
        assert_eq!((events(&portal, "operator_disabled").await, events(&portal, "operator_enabled").await), (1, 1));
    }

    async fn an_operator_who_is_given_the_same_providers_again_leaves_no_event(database: TestDatabase) {
        let portal = Portal::open(database).await;
        with_another_provider(&portal).await;
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let gives = async |providers| operators::set_providers(&portal.services, "olga", providers).await.unwrap();
        let (both, reversed) = (codes(&[PERM, OTHER]), codes(&[OTHER, PERM]));
        assert!(!gives(Providers::All).await);
        assert!(gives(Providers::Only(&both)).await);
        assert!(!gives(Providers::Only(&reversed)).await);
        assert!(gives(Providers::All).await);
        assert_eq!(events(&portal, "operator_scope_changed").await, 2);
        assert_eq!(portal.dump("operator_providers").await, "");
    }

    async fn commands_about_an_operator_who_is_not_there_say_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let services = &portal.services;
        let is_unknown = |error: OperatorError| matches!(error, OperatorError::Unknown(login) if login == "nina");
        assert!(is_unknown(operators::disable(services, "nina").await.unwrap_err()));
        assert!(is_unknown(operators::enable(services, "nina").await.unwrap_err()));
        assert!(is_unknown(operators::set_password(services, "nina", OTHER_PASSWORD).await.unwrap_err()));
        assert!(is_unknown(operators::set_providers(services, "nina", Providers::All).await.unwrap_err()));
        assert!(is_unknown(operators::reset_second_factor(services, "nina").await.unwrap_err()));
        assert!(matches!(operators::disable(services, "").await, Err(OperatorError::Unknown(_))));
    }

    async fn a_password_that_an_administrator_sets_ends_every_session_and_opens(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let half = between_the_steps(&portal, "olga", OPERATOR_PASSWORD).await;
        let weak = operators::set_password(&portal.services, "olga", "short").await;
        assert!(matches!(weak, Err(OperatorError::Password(PasswordError::TooShort))));
        olga.opens("/console/account").await.is(200);
        operators::set_password(&portal.services, "OLGA", OTHER_PASSWORD).await.unwrap();
        olga.opens("/console/account").await.leads_to("/console/sign-in");
        half.opens("/console/sign-in/code").await.leads_to("/console/sign-in");
        let old = [("login", "olga"), ("password", OPERATOR_PASSWORD)];
        portal.browser().posts("/console/sign-in", &old).await.is(422);
        between_the_steps(&portal, "olga", OTHER_PASSWORD).await;
        assert_eq!(events(&portal, "operator_password_changed").await, 1);
    }

    async fn a_password_that_an_administrator_sets_holds_whatever_the_operator_changes_at_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.browser();
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let secret = olga.enters_console("olga").await;
        let mut kept = OPERATOR_PASSWORD.to_owned();
        for round in 0..ROUNDS {
            let (own, set) = (format!("own-na-kame-{round}"), format!("set-na-volge-{round}"));
            let form = [("current_password", kept.as_str()), ("new_password", own.as_str())];
            let (_, done) = at_once(
                olga.posts("/console/account/password", &form),
                operators::set_password(&portal.services, "olga", &set),
            );
            done.unwrap();
            olga.opens("/console/account").await.leads_to("/console/sign-in");
            portal.passes(Span::minutes(16));
            olga.posts("/console/sign-in", &[("login", "olga"), ("password", &set)]).await.leads_to("/console/sign-in/code");
            let code = portal.code_of(&secret);
            olga.posts("/console/sign-in/code", &[("code", &code)]).await.leads_to("/console/");
            kept = set;
        }
    }

    async fn of_two_passwords_that_administrators_set_at_once_one_opens(database: TestDatabase) {
        let portal = Portal::open(database).await;
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        for round in 0..ROUNDS {
            let (one, other) = (format!("one-na-kame-{round}"), format!("other-na-volge-{round}"));
            let set = |password| operators::set_password(&portal.services, "olga", password);
            let done = at_once(set(&one), set(&other));
            assert!(done.0.is_ok() && done.1.is_ok());
            let mut opened = 0;
            for password in [&one, &other] {
                let form = [("login", "olga"), ("password", password.as_str())];
                opened += usize::from(portal.browser().posts("/console/sign-in", &form).await.status.is_redirection());
            }
            assert_eq!(opened, 1, "round {round}");
            portal.passes(Span::minutes(16));
        }
    }

    async fn a_reset_of_an_operators_second_factor_ends_every_session(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        let half = between_the_steps(&portal, "olga", OPERATOR_PASSWORD).await;
        assert!(operators::reset_second_factor(&portal.services, "olga").await.unwrap());
        olga.opens("/console/account").await.leads_to("/console/sign-in");
        half.opens("/console/sign-in/code").await.leads_to("/console/sign-in");
        for table in ["sessions", "devices", "second_factors", "backup_codes"] {
            assert_eq!(portal.dump(table).await, "", "{table}");
        }
        assert!(!operators::reset_second_factor(&portal.services, "olga").await.unwrap());
        assert_eq!(events(&portal, "second_factor_reset").await, 1);
    }

    async fn an_operators_own_change_of_the_password_keeps_this_session_and_ends_the_others(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (olga, other) = (portal.browser(), portal.browser());
        operators::add(&portal.services, new_operator("olga")).await.unwrap();
        let secret = olga.enters_console("olga").await;
        portal.passes(Span::seconds(30));
        other.posts("/console/sign-in", &[("login", "olga"), ("password", OPERATOR_PASSWORD)]).await.leads_to("/console/");
        let code = portal.code_of(&secret);
        other.posts("/console/sign-in/code", &[("code", &code)]).await.leads_to("/console/");
        let half = between_the_steps(&portal, "olga", OPERATOR_PASSWORD).await;
        let form = [("current_password", OPERATOR_PASSWORD), ("new_password", OTHER_PASSWORD)];
        olga.posts("/console/account/password", &form).await.leads_to("/console/account");
        olga.opens("/console/account").await.is(200);
        other.opens("/console/account").await.leads_to("/console/sign-in");
        half.opens("/console/sign-in/code").await.leads_to("/console/sign-in");
    }

    async fn an_operator_without_other_sessions_leaves_no_event_of_ending_them(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let olga = portal.operator("olga").await;
        olga.posts("/console/account/sessions", &[]).await.leads_to("/console/account");
        assert_eq!(events(&portal, "sessions_ended").await, 0);
        between_the_steps(&portal, "olga", OPERATOR_PASSWORD).await;
        olga.posts("/console/account/sessions", &[]).await.leads_to("/console/account");
        olga.posts("/console/account/sessions", &[]).await.leads_to("/console/account");
        assert_eq!(events(&portal, "sessions_ended").await, 1);
    }

    async fn a_user_without_other_sessions_leaves_no_event_of_ending_them(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let ivan = portal.person(IVAN).await;
        ivan.posts("/settings/sessions", &[]).await.leads_to("/settings");
        assert_eq!(events(&portal, "sessions_ended").await, 0);
        portal.browser().signs_in(IVAN, "gaz2026").await.leads_to("/accounts");
        ivan.posts("/settings/sessions", &[]).await.leads_to("/settings");
        ivan.posts("/settings/sessions", &[]).await.leads_to("/settings");
        assert_eq!(events(&portal, "sessions_ended").await, 1);
    }

    async fn a_session_that_is_signed_out_of_twice_leaves_one_event(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let session = session(&portal.person(IVAN).await).await;
        for _ in 0..2 {
            sessions::sign_out(&portal.services, &session, &Visitor::at("10.0.0.1")).await.unwrap();
        }
        assert_eq!(events(&portal, "signed_out").await, 1);
    }

    async fn a_user_is_found_with_accounts_sessions_and_second_factor(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let person = portal.person(IVAN).await;
        person.has_full_access().await;
        switches_on(&person).await;
        portal.browser().signs_in(IVAN, "gaz2026").await.leads_to("/sign-in/code");
        let found = user_admin::find(&portal.services, &ivan()).await.unwrap().unwrap();
        assert_eq!(found.masked, ivan().masked());
        assert_eq!((found.created_at, found.locked_at), (portal.services.now(), None));
        let accounts: Vec<_> = found.accounts.iter().map(|(number, access)| (number.as_str(), *access)).collect();
        assert_eq!(accounts, [(INDEBTED, Access::Full)]);
        assert_eq!((found.sessions, found.second_factor), (2, true));
        portal.passes(Span::days(31));
        assert_eq!(user_admin::find(&portal.services, &ivan()).await.unwrap().unwrap().sessions, 0);
    }

    async fn a_user_who_is_locked_again_gets_one_letter_and_stays_locked_since_the_first_time(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        let first = portal.services.now();
        assert_eq!(user_admin::lock(&portal.services, &ivan()).await.unwrap(), None);
        portal.passes(Span::hours(1));
        assert_eq!(user_admin::lock(&portal.services, &ivan()).await.unwrap(), Some(first));
        portal.delivers().await;
        assert_eq!(letters(&portal, IVAN, "Вход в личный кабинет закрыт"), 1);
        assert_eq!(events(&portal, "user_locked").await, 1);
        let found = user_admin::find(&portal.services, &ivan()).await.unwrap().unwrap();
        assert_eq!((found.locked_at, found.sessions), (Some(first), 0));
    }

    async fn two_administrators_who_lock_a_user_at_once_send_one_letter(database: TestDatabase) {
        let portal = Portal::open(database).await;
        registration::make_confirmed(&portal.services, &ivan(), "gaz2026").await.unwrap();
        for round in 1..=ROUNDS {
            let login = ivan();
            let lock = || user_admin::lock(&portal.services, &login);
            let (one, other) = at_once(lock(), lock());
            assert!(one.unwrap().is_none() != other.unwrap().is_none(), "round {round}");
            portal.delivers().await;
            assert_eq!(letters(&portal, IVAN, "Вход в личный кабинет закрыт"), round);
            assert!(user_admin::unlock(&portal.services, &login).await.unwrap());
        }
    }

    async fn an_unlocked_user_signs_in_and_is_unlocked_once(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        assert!(!user_admin::unlock(&portal.services, &ivan()).await.unwrap());
        user_admin::lock(&portal.services, &ivan()).await.unwrap();
        portal.browser().signs_in(IVAN, "gaz2026").await.is(422);
        assert!(user_admin::unlock(&portal.services, &ivan()).await.unwrap());
        assert!(!user_admin::unlock(&portal.services, &ivan()).await.unwrap());
        assert_eq!(events(&portal, "user_unlocked").await, 1);
        portal.browser().signs_in(IVAN, "gaz2026").await.leads_to("/accounts");
    }

    async fn a_recovery_under_way_leaves_no_session_behind_the_lock(database: TestDatabase) {
        let portal = Portal::open(database).await;
        registration::make_confirmed(&portal.services, &ivan(), "gaz2026").await.unwrap();
        for round in 0..ROUNDS {
            let thief = portal.browser().at_address(&format!("10.3.0.{round}"));
            thief.posts("/recover", &[("login", IVAN)]).await.leads_to("/recover/");
            let link = portal.letter_link(IVAN, "/recover/").await;
            let (form, login) = ([("password", "thief2026")], ivan());
            let (_, locked) = at_once(thief.posts(&link, &form), user_admin::lock(&portal.services, &login));
            assert_eq!(locked.unwrap(), None);
            user_admin::unlock(&portal.services, &login).await.unwrap();
            thief.opens("/accounts").await.leads_to("/sign-in");
            portal.passes(Span::days(1));
        }
    }

    async fn ending_the_sessions_of_a_user_who_has_none_leaves_no_event(database: TestDatabase) {
        let portal = Portal::open(database).await;
        portal.person(IVAN).await;
        assert_eq!(user_admin::end_sessions(&portal.services, &ivan()).await.unwrap(), 1);
        assert_eq!(user_admin::end_sessions(&portal.services, &ivan()).await.unwrap(), 0);
        portal.browser().signs_in(IVAN, "gaz2026").await.leads_to("/accounts");
        // An ended session stays in its table for a while: it is not active.
        portal.passes(Span::days(31));
        assert_eq!(user_admin::end_sessions(&portal.services, &ivan()).await.unwrap(), 0);
        assert_eq!(events(&portal, "sessions_ended_by_administrator").await, 1);
    }

    async fn a_reset_of_a_users_second_factor_ends_the_sessions_between_the_steps(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let person = portal.person(IVAN).await;
        switches_on(&person).await;
        let owner = Owner::User(session(&person).await.user_id.unwrap());
        let half = portal.browser();
        half.signs_in(IVAN, "gaz2026").await.leads_to("/sign-in/code");
        assert!(user_admin::reset_second_factor(&portal.services, &ivan()).await.unwrap());
        half.opens("/sign-in/code").await.leads_to("/sign-in");
        person.opens("/accounts").await.is(200);
        assert!(!user_admin::reset_second_factor(&portal.services, &ivan()).await.unwrap());
        portal.delivers().await;
        assert_eq!(letters(&portal, IVAN, "Вход с кодом сброшен"), 1);
        let state = crate::service::second_factor::state(&portal.services, &owner).await.unwrap();
        assert_eq!(state, crate::service::second_factor::State::Off);
    }

    async fn commands_about_a_user_who_is_not_there_say_so(database: TestDatabase) {
        let portal = Portal::open(database).await;
        let (services, login) = (&portal.services, ivan());
        assert!(user_admin::find(services, &login).await.unwrap().is_none());
        assert!(matches!(user_admin::lock(services, &login).await, Err(UserAdminError::Unknown)));
        assert!(matches!(user_admin::unlock(services, &login).await, Err(UserAdminError::Unknown)));
        assert!(matches!(user_admin::end_sessions(services, &login).await, Err(UserAdminError::Unknown)));
        assert!(matches!(user_admin::reset_second_factor(services, &login).await, Err(UserAdminError::Unknown)));
    }
}
