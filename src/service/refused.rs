//! Why a use case refused. The enum of each use case has only the errors that the person can correct; [`Refused`] adds a
//! reached limit and an internal error to it.

use super::Fault;
use super::limits::TooOften;
use super::vault::VaultError;
use crate::document::DocumentError;
use crate::storage::StorageError;

/// An error of a use case that the person can correct, so that `?` turns it into a [`Refused`] or a [`Declined`].
pub trait Correctable {}

/// Why a use case with a limit refused.
#[derive(Debug)]
pub enum Refused<E> {
    /// The person can correct it.
    This(E),
    /// A limit was reached.
    TooOften(TooOften),
    /// An internal error: the person cannot correct it.
    Fault(Fault),
}

/// Why a use case without a limit refused.
#[derive(Debug)]
pub enum Declined<E> {
    /// The person can correct it.
    This(E),
    /// An internal error: the person cannot correct it.
    Fault(Fault),
}

impl<E> Refused<E> {
    /// The same with another error for the person to correct.
    pub(super) fn map<F>(self, this: impl FnOnce(E) -> F) -> Refused<F> {
        match self {
            Self::This(error) => Refused::This(this(error)),
            Self::TooOften(limit) => Refused::TooOften(limit),
            Self::Fault(fault) => Refused::Fault(fault),
        }
    }
}

impl<E> From<Declined<E>> for Refused<E> {
    fn from(declined: Declined<E>) -> Self {
        match declined {
            Declined::This(error) => Self::This(error),
            Declined::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl<E> From<TooOften> for Refused<E> {
    fn from(limit: TooOften) -> Self {
        Self::TooOften(limit)
    }
}

/// The conversions that `?` needs. They name each cause of a fault: a conversion from every `Into<Fault>` would overlap
/// with the one from the use case's own error.
macro_rules! conversions {
    ($refused:ident: $($cause:ident),+) => {
        impl<E: Correctable> From<E> for $refused<E> {
            fn from(error: E) -> Self {
                Self::This(error)
            }
        }
        $(impl<E> From<$cause> for $refused<E> {
            fn from(cause: $cause) -> Self {
                Self::Fault(cause.into())
            }
        })+
    };
}

conversions!(Refused: Fault, StorageError, VaultError, DocumentError);
conversions!(Declined: Fault, StorageError);
