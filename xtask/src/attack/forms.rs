//! What is sent along with a knock: forms that read well, so that the question of who asks comes before what they typed,
//! and that change nothing which a later knock needs. Secrets in them are wrong.

/// The body of a POST to a pattern; the others take none.
pub fn form(pattern: &str) -> &'static str {
    match pattern {
        "/accounts/link" => "provider=perm-gas&number=00000000",
        "/accounts/{id}/pay" => "amount=0&key=aaaaaaaaaaaaaaaaaaaaaaaaab",
        "/accounts/{id}/pin" => "pin=00000000",
        "/accounts/{id}/pin-request" => "name=Name&address=Address&contact=nobody",
        "/confirm/{token}" => "password=wrong2026&new_password=wrong2026&consent=on",
        "/console/account/password" | "/settings/password" => "current_password=wrong2026x&new_password=taken2026",
        "/console/feedback/{id}" | "/feedback/{id}" => "message=Message",
        "/console/pin-requests/{id}/refuse" => "reason=Reason",
        "/console/sign-in" => "login=nobody&password=wrong-2026-wrong",
        "/feedback" => "subject=Question&message=Message",
        "/feedback/guest" => "contact=nobody&subject=Question&message=Message&consent=on",
        "/recover" => "login=nobody",
        "/recover/code" => "code=000000&password=taken2026",
        "/recover/{token}" => "password=taken2026",
        "/register" => "login=nobody&password=taken2026&consent=on",
        "/settings/name" => "name=Name",
        "/sign-in" => "login=nobody%40example.ru&password=wrong2026x",
        "/register/code"
        | "/sign-in/code"
        | "/console/sign-in/code"
        | "/console/sign-in/set-up"
        | "/console/account/codes"
        | "/settings/second-factor"
        | "/settings/second-factor/codes" => "code=000000",
        "/settings/second-factor/off" => "off_code=000000",
        _ => "",
    }
}

/// The query of a GET that needs one. `month` is one that the account has, `payment` one of its subscriber's.
pub fn query(pattern: &str, month: &str, payment: &str) -> String {
    match pattern {
        "/accounts/{id}/statement.csv" | "/accounts/{id}/statement.pdf" => format!("?from={month}&to={month}"),
        "/api/providers" => "?query=gas".to_owned(),
        "/api/payment-status" => format!("?payment_id={payment}"),
        _ => String::new(),
    }
}

/// What takes something away from the person who knocks comes last: 0 for the rest, then their own things, then the
/// session itself.
pub fn order(method: &str, pattern: &str) -> u8 {
    let ends = ["/unlink/", "/sessions", "/refuse"];
    match pattern {
        _ if method == "GET" => 0,
        _ if pattern.ends_with("/sign-out") => 2,
        _ if ends.iter().any(|part| pattern.contains(part)) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ends_something_is_knocked_at_last() {
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
