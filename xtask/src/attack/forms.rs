//! The forms of the requests: well-formed, so that access is checked before the fields are, and without changes that a
//! later request depends on. Secrets in them are wrong.

/// The page whose form calls a server function; other patterns are pages themselves.
pub fn page_of(pattern: &str) -> &str {
    match pattern {
        "/api/link-account" => "/accounts/link",
        "/api/begin-payment" => "/accounts/{id}/pay",
        "/api/enter-pin" => "/accounts/{id}/pin",
        "/api/request-pin" => "/accounts/{id}/pin-request",
        "/api/form-receipt" => "/accounts/{id}/receipt",
        "/api/give-paperless" => "/accounts/{id}/paperless",
        "/api/ask-instalments" => "/accounts/{id}/debt",
        "/api/confirm-link" => "/confirm/{token}",
        "/api/change-password" => "/settings/password",
        "/api/console-change-password" => "/console/account/password",
        "/api/console-answer-thread" => "/console/feedback/{id}",
        "/api/console-save-announcement" | "/console/announcements/{id}/edit" => "/console/announcements/new",
        "/api/console-refuse-pin-request" => "/console/pin-requests/{id}/refuse",
        "/api/console-agree-instalments" => "/console/instalments/{id}/agree",
        "/api/console-refuse-instalments" => "/console/instalments/{id}/refuse",
        "/api/console-sign-in" => "/console/sign-in",
        "/api/console-enter-code" => "/console/sign-in/code",
        "/api/console-switch-second-factor-on" => "/console/sign-in/set-up",
        "/api/console-renew-backup-codes" => "/console/account/codes",
        "/api/reply-in-thread" => "/feedback/{id}",
        "/api/new-thread" | "/api/ask-as-guest" => "/feedback",
        "/api/begin-recovery" => "/recover",
        "/api/recover-by-code" => "/recover/code",
        "/api/recover-by-link" => "/recover/{token}",
        "/api/register" => "/register",
        "/api/confirm-code" => "/register/code",
        "/api/rename-profile" => "/settings/name",
        "/api/begin-contact" => "/settings/contact",
        "/api/confirm-contact" => "/settings/contact/code",
        "/api/begin-login-change" => "/settings/login",
        "/api/confirm-login-change" => "/settings/login/code",
        "/api/sign-in" => "/sign-in",
        "/api/sign-in-code" => "/sign-in/code",
        "/api/subscribe-push" => "/settings/push",
        "/api/switch-second-factor-on" => "/settings/second-factor",
        "/api/renew-backup-codes" => "/settings/second-factor/codes",
        "/api/switch-second-factor-off" => "/settings/second-factor/off",
        page => page,
    }
}

/// The body of a POST to a pattern; other patterns have none.
pub fn form(pattern: &str) -> &'static str {
    match page_of(pattern) {
        "/accounts/link" => "provider=perm-gas&number=00000000",
        "/accounts/{id}/pay" => "amount=0&key=aaaaaaaaaaaaaaaaaaaaaaaaab",
        "/accounts/{id}/pin" => "pin=00000000",
        "/accounts/{id}/receipt" => "period=1999-01",
        "/accounts/{id}/paperless" => "consent=on",
        "/accounts/{id}/debt" => "months=0",
        "/accounts/{id}/pin-request" => "name=Name&address=Address&contact=nobody",
        "/confirm/{token}" => "password=wrong2026&new_password=wrong2026&consent=on",
        "/console/account/password" | "/settings/password" => "current_password=wrong2026x&new_password=taken2026",
        "/console/announcements/new" => {
            "provider=perm-gas&kind=news&title=Title&text=Text&starts=2026-01-01T00:00&ends=2026-01-01T00:00&audience=all"
        }
        "/console/feedback/{id}" | "/feedback/{id}" => "message=Message",
        "/console/pin-requests/{id}/refuse" | "/console/instalments/{id}/refuse" => "reason=Reason",
        "/console/instalments/{id}/agree" => "months=2",
        "/console/sign-in" => "login=nobody&password=wrong-2026-wrong",
        "/display" => "print=large&contrast=more",
        "/feedback" => "subject=Question&message=Message",
        "/feedback/guest" => "contact=nobody&subject=Question&message=Message&consent=on",
        "/recover" => "login=nobody",
        "/recover/code" => "code=000000&password=taken2026",
        "/recover/{token}" => "password=taken2026",
        "/register" => "login=nobody&password=taken2026&consent=on",
        "/settings/name" => "name=Name",
        "/settings/contact" => "contact=nobody",
        "/settings/login" => "new_login=nobody&current_password=wrong2026x",
        "/sign-in" => "login=nobody%40example.ru&password=wrong2026x",
        "/register/code"
        | "/sign-in/code"
        | "/console/sign-in/code"
        | "/console/sign-in/set-up"
        | "/console/account/codes"
        | "/settings/contact/code"
        | "/settings/login/code"
        | "/settings/second-factor"
        | "/settings/second-factor/codes" => "code=000000",
        "/settings/push" => "subscription={}",
        "/settings/second-factor/off" => "off_code=000000",
        _ => "",
    }
}

/// The query of a GET that needs one. `month` is a month of the account, `payment` a payment of its subscriber.
pub fn query(pattern: &str, month: &str, payment: &str) -> String {
    match pattern {
        "/accounts/{id}/statement.csv" | "/accounts/{id}/statement.pdf" => format!("?from={month}&to={month}"),
        "/api/providers" => "?query=gas".to_owned(),
        "/api/payment-status" => format!("?payment_id={payment}"),
        _ => String::new(),
    }
}

/// Requests that remove something from their sender come last: 0 for the others, then the sender's own things, then the
/// session itself.
pub fn order(method: &str, pattern: &str) -> u8 {
    let ends =
        ["/unlink", "/sessions", "/refuse", "-refuse", "/withdraw", "-withdraw", "end-session", "end-other-sessions"];
    match pattern {
        _ if method == "GET" => 0,
        _ if pattern.ends_with("sign-out") => 2,
        _ if ends.iter().any(|part| pattern.contains(part)) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_function_gets_the_form_of_its_page() {
        assert_eq!(form("/api/enter-pin"), form("/accounts/{id}/pin"));
        assert_eq!(form("/api/unlink-account"), "");
    }

    #[test]
    fn what_ends_something_is_knocked_at_last() {
        assert_eq!(order("POST", "/api/console-sign-out"), 2);
        assert_eq!(order("POST", "/api/console-end-session"), 1);
        assert_eq!(order("POST", "/api/unlink-account"), 1);
        assert_eq!(order("POST", "/sign-out"), 2);
        assert_eq!(order("POST", "/settings/sessions/{id}"), 1);
        assert_eq!(order("POST", "/settings/unlink/{id}"), 1);
        assert_eq!(order("GET", "/settings/unlink/{id}"), 0);
        assert_eq!(order("POST", "/accounts/{id}/pay"), 0);
    }

    #[test]
    fn only_what_needs_a_query_gets_one() {
        assert_eq!(query("/accounts/{id}/statement.csv", "2026-10", ""), "?from=2026-10&to=2026-10");
        assert_eq!(query("/accounts/{id}", "2026-10", ""), "");
    }
}
