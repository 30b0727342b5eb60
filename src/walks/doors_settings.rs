//! Settings and feedback: the page's form and the server function answer the same.
