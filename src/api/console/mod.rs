//! The actions of operators: signing in, the second factor, PIN requests, threads, announcements, instalment
//! plans, their own account.
//!
//! Their addresses begin with [`PREFIX`]: a listener without the console refuses them.

pub mod account;
pub mod announcements;
pub mod feedback;
pub mod instalments;
pub mod pin_requests;
pub mod second_factor;
pub mod sign_in;

/// The prefix of the addresses of these functions.
pub const PREFIX: &str = "/api/console-";
/// The page after a sign-in: the queue of PIN requests.
pub const HOME: &str = "/console/pin-requests";

#[cfg(test)]
mod tests {
    use leptos::server_fn::ServerFn as _;

    use super::*;

    #[test]
    fn the_address_of_every_function_of_the_console_has_the_prefix() {
        let paths = [
            sign_in::SignIn::PATH,
            sign_in::EnterCode::PATH,
            sign_in::SignOut::PATH,
            second_factor::SwitchSecondFactorOn::PATH,
            second_factor::RenewBackupCodes::PATH,
            pin_requests::ApprovePinRequest::PATH,
            pin_requests::RefusePinRequest::PATH,
            feedback::AnswerThread::PATH,
            instalments::AgreeInstalments::PATH,
            instalments::RefuseInstalments::PATH,
            announcements::SaveAnnouncement::PATH,
            announcements::PublishAnnouncement::PATH,
            announcements::WithdrawAnnouncement::PATH,
            account::ChangePassword::PATH,
            account::EndOtherSessions::PATH,
            account::EndSession::PATH,
        ];
        for path in paths {
            assert!(path.starts_with(PREFIX), "{path}");
        }
    }
}
