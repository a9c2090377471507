//! What the operations of the front ends answer when they do nothing. Each says whether the channel is *closed*, which is what
//! other crates call *disconnected*; see [`crate::hosted::Tx::close`] for when it is.
//!
//! The enumerations are exhaustive: there is no third reason, and a caller that handles each needs no arm for "something else".

use core::fmt;

/// The channel is closed; here is the element back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SendError<T>(pub T);

/// Why a non-blocking send did nothing; with the element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// No receiver waits and there is no room in the buffer.
    Full(T),
    /// The channel is closed.
    #[doc(alias = "Disconnected")]
    Closed(T),
}

/// Why a send with a time limit did nothing; with the element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum SendTimeoutError<T> {
    /// Time is up.
    Timeout(T),
    /// The channel is closed.
    #[doc(alias = "Disconnected")]
    Closed(T),
}

/// The channel is closed and drained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecvError;

/// Why a non-blocking receive got nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// No sender waits and nothing is buffered.
    Empty,
    /// The channel is closed and drained.
    #[doc(alias = "Disconnected")]
    Closed,
}

/// Why a receive with a time limit got nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecvTimeoutError {
    /// Time is up.
    Timeout,
    /// The channel is closed and drained.
    #[doc(alias = "Disconnected")]
    Closed,
}

/// No case of a select could be performed in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SelectTimeoutError;

/// What a failed send has in common with the others: the element, whether or not it is printable.
macro_rules! send_error {
    ($error:ident, $($variant:ident = $is:ident: $is_doc:literal, $text:literal;)*) => {
        impl<T> $error<T> {
            /// The element that was not sent.
            #[must_use]
            pub fn into_inner(self) -> T {
                match self {
                    $(Self::$variant(value))|* => value,
                }
            }

            $(
                #[doc = $is_doc]
                #[must_use]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$variant(_))
                }
            )*

            /// Another name for [`is_closed`](Self::is_closed).
            #[must_use]
            pub fn is_disconnected(&self) -> bool {
                self.is_closed()
            }
        }

        impl<T> fmt::Debug for $error<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant(_) => concat!(stringify!($variant), "(..)"),)*
                })
            }
        }

        impl<T> fmt::Display for $error<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant(_) => $text,)*
                })
            }
        }

        impl<T> core::error::Error for $error<T> {}

        impl<T> From<SendError<T>> for $error<T> {
            fn from(closed: SendError<T>) -> Self {
                Self::Closed(closed.0)
            }
        }
    };
}

send_error!(TrySendError,
    Full = is_full: "Whether the channel was full.", "the channel is full";
    Closed = is_closed: "Whether the channel is closed.", "send on a closed channel";
);
send_error!(SendTimeoutError,
    Timeout = is_timeout: "Whether time was up.", "timed out waiting to send";
    Closed = is_closed: "Whether the channel is closed.", "send on a closed channel";
);

/// What a failed receive has in common with the others.
macro_rules! recv_error {
    ($error:ident, $($variant:ident = $is:ident: $is_doc:literal, $text:literal;)*) => {
        impl $error {
            $(
                #[doc = $is_doc]
                #[must_use]
                pub fn $is(&self) -> bool {
                    matches!(self, Self::$variant)
                }
            )*

            /// Another name for [`is_closed`](Self::is_closed).
            #[must_use]
            pub fn is_disconnected(&self) -> bool {
                self.is_closed()
            }
        }

        impl fmt::Display for $error {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Self::$variant => $text,)*
                })
            }
        }

        impl core::error::Error for $error {}

        impl From<RecvError> for $error {
            fn from(_: RecvError) -> Self {
                Self::Closed
            }
        }
    };
}

recv_error!(TryRecvError,
    Empty = is_empty: "Whether there was nothing to receive.", "the channel is empty";
    Closed = is_closed: "Whether the channel is closed and drained.", "the channel is closed and drained";
);
recv_error!(RecvTimeoutError,
    Timeout = is_timeout: "Whether time was up.", "timed out waiting to receive";
    Closed = is_closed: "Whether the channel is closed and drained.", "the channel is closed and drained";
);

impl<T> SendError<T> {
    /// The element that was not sent.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SendError(..)")
    }
}

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("send on a closed channel")
    }
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the channel is closed and drained")
    }
}

impl fmt::Display for SelectTimeoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("timed out waiting for a case of a select")
    }
}

impl<T> core::error::Error for SendError<T> {}
impl core::error::Error for RecvError {}
impl core::error::Error for SelectTimeoutError {}
