//! Channels as the ecosystem's `Stream` and `Sink` (feature `futures`). Each owns an end of its channel, and an operation that is in
//! progress; how that waits is in [`crate::future`].

use crate::future::{Receiver, Receiving, Sender, Sending};
use crate::hosted::SendError;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

/// The elements of a channel until it is closed and drained; see [`Receiver::into_stream`].
///
/// Dropping it loses nothing: an element that already was handed to it goes back to the front of the channel.
#[must_use = "streams do nothing unless polled"]
pub struct RecvStream<T> {
    from: Receiver<T>,
    receiving: Receiving<T>,
    ended: bool,
}

/// Where elements for a channel go; see [`Sender::into_sink`].
///
/// An element that was accepted is sent when the sink is polled: to be ready for the next, to be flushed, or to be closed. Closing drops the
/// sink's sending end.
#[must_use = "sinks do nothing unless polled"]
pub struct SendSink<T> {
    to: Option<Sender<T>>,
    sending: Option<Sending<T>>,
}

impl<T> Receiver<T> {
    /// This end as a stream.
    pub fn into_stream(self) -> RecvStream<T> {
        RecvStream { from: self, receiving: Receiving::new(), ended: false }
    }

    /// A stream with an end of its own.
    pub fn stream(&self) -> RecvStream<T> {
        self.clone().into_stream()
    }
}

impl<T> Sender<T> {
    /// This end as a sink.
    pub fn into_sink(self) -> SendSink<T> {
        SendSink { to: Some(self), sending: None }
    }

    /// A sink with an end of its own.
    pub fn sink(&self) -> SendSink<T> {
        self.clone().into_sink()
    }
}

impl<T> Unpin for RecvStream<T> {}
impl<T> Unpin for SendSink<T> {}

impl<T> Stream for RecvStream<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        let received = ready!(this.receiving.poll(&this.from.rx.inner, cx)).ok();
        this.ended = received.is_none();
        Poll::Ready(received)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, if self.ended { Some(0) } else { None })
    }
}

impl<T> FusedStream for RecvStream<T> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<T> Drop for RecvStream<T> {
    fn drop(&mut self) {
        self.receiving.abandon(&self.from.rx.inner);
    }
}

impl<T> SendSink<T> {
    /// Until the element accepted last is sent.
    fn poll_sent(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let (Some(to), Some(sending)) = (&self.to, &mut self.sending) else {
            return Poll::Ready(Ok(()));
        };
        let sent = ready!(sending.poll(&to.tx.inner, cx));
        self.sending = None;
        Poll::Ready(sent)
    }
}

impl<T> Sink<T> for SendSink<T> {
    type Error = SendError<T>;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.poll_sent(cx)
    }

    /// # Panics
    /// If the sink was not ready, and has an element that is not sent.
    fn start_send(mut self: Pin<&mut Self>, value: T) -> Result<(), SendError<T>> {
        if self.to.is_none() {
            return Err(SendError(value));
        }
        assert!(self.sending.is_none(), "a sink takes an element when it was polled to be ready");
        self.sending = Some(Sending::new(value));
        Ok(())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        self.poll_sent(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError<T>>> {
        let sent = ready!(self.poll_sent(cx));
        self.to = None;
        Poll::Ready(sent)
    }
}

impl<T> Drop for SendSink<T> {
    fn drop(&mut self) {
        // What waits at the channel is withdrawn before the end goes.
        self.sending = None;
    }
}

impl<T> fmt::Debug for RecvStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecvStream").field("from", &self.from).field("ended", &self.ended).finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SendSink<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendSink").field("to", &self.to).field("sends", &self.sending.is_some()).finish_non_exhaustive()
    }
}
