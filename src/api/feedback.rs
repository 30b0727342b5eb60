//! Threads of feedback: a new one and a reply (M11).
