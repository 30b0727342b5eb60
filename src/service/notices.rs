//! Notices to subscribers: planning for all subscribers of a provider, composing, showing and sending.
