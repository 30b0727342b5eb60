//! Registration, sign-in, recovery, second factor: the page's form and the server function answer the same.
