//! `Debug` for records with personal data or hashes: logs and test failures show only the type and the identifier.

/// Implements `Debug` that shows the type's name and the listed fields, which must not be personal data.
#[macro_export]
macro_rules! opaque_debug {
    ($type:ident $(, $field:ident)*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter
                    .debug_struct(stringify!($type))
                    $(.field(stringify!($field), &self.$field))*
                    .finish_non_exhaustive()
            }
        }
    };
}
