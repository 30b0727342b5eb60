//! demo_town: being built.
