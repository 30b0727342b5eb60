//! The actions of operators: signing in, PIN requests, threads, their own account.
