//! `kabinet routes`: every method and pattern that the binary serves, for the test that requests all of them. axum
//! lists them only in the `Debug` text of a router.

use leptos::server_fn::axum::server_fn_paths;

use crate::app;

/// Prints one line per route: method and pattern.
pub(super) fn print() {
    for (method, pattern) in all() {
        println!("{method} {pattern}");
    }
}

/// The routes of all listeners and of the demo, sorted, each once.
fn all() -> Vec<(String, String)> {
    // `/api/{*function}` hides the server functions' own paths; leptos lists them.
    let mut routes: Vec<_> = app::debug_texts().iter().flat_map(|text| listed(text)).collect();
    routes.extend(server_fn_paths().map(|(path, method)| (method.to_string(), path.to_owned())));
    routes.sort();
    routes.dedup();
    routes
}

/// The routes in the `Debug` text of a router, which lists patterns by number, and handlers by the same number.
fn listed(debug: &str) -> Vec<(String, String)> {
    const ROUTE: &str = "RouteId(";
    let mut routes = Vec::new();
    let entries: Vec<(&str, &str)> = debug.split(ROUTE).skip(1).filter_map(|entry| entry.split_once("): ")).collect();
    for (number, entry) in &entries {
        let Some(methods) = entry.starts_with("MethodRouter").then(|| methods_of(entry)) else { continue };
        let pattern = entries.iter().find_map(|(of, entry)| {
            let quoted = entry.strip_prefix('"').filter(|_| of == number)?;
            quoted.split('"').next()
        });
        let Some(pattern) = pattern else { continue };
        routes.extend(methods.into_iter().map(|method| (method, pattern.to_owned())));
    }
    routes
}

/// The methods in the route's `Allow` header; HEAD is GET without a body.
fn methods_of(entry: &str) -> Vec<String> {
    let allowed = entry.split("allow_header: Bytes(b\"").nth(1).and_then(|rest| rest.split('"').next());
    allowed
        .unwrap_or_default()
        .split(',')
        .filter(|method| !method.is_empty() && *method != "HEAD")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_listed(routes: &[(String, String)], method: &str, pattern: &str) -> bool {
        routes.iter().any(|(listed, at)| listed == method && at == pattern)
    }

    #[test]
    fn routes_of_every_room_are_listed_with_their_methods() {
        let routes = all();
        for (method, pattern) in [
            ("GET", "/sign-in"),
            ("POST", "/sign-in"),
            ("POST", "/sign-out"),
            ("GET", "/accounts/{id}"),
            ("POST", "/console/pin-requests/{id}/approve"),
            ("POST", "/webhooks/yookassa"),
            ("GET", "/healthz"),
            ("GET", "/api/{*function}"),
        ] {
            assert!(is_listed(&routes, method, pattern), "{method} {pattern}: {routes:?}");
        }
        assert!(!is_listed(&routes, "GET", "/webhooks/yookassa"));
        assert!(routes.len() > 80, "{}", routes.len());
    }

    #[test]
    fn routes_of_the_demo_of_the_administrator_and_of_islands_are_listed() {
        let routes = all();
        for (method, pattern) in [
            ("GET", "/demo/mailbox"),
            ("GET", "/demo/mailbox/{id}"),
            ("GET", "/demo/mailbox/{id}/html"),
            ("GET", "/demo/notices"),
            ("GET", "/demo/components"),
            ("POST", "/test-bank/v3/payments"),
            ("POST", "/test-bank/pay/{id}/code"),
            ("GET", "/metrics"),
            ("GET", "/readyz"),
            ("GET", "/api/providers"),
            ("GET", "/api/payment-status"),
        ] {
            assert!(is_listed(&routes, method, pattern), "{method} {pattern}: {routes:?}");
        }
    }
}
