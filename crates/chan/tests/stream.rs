//! Channels as `Stream` and `Sink` (feature `futures`).
#![cfg(all(feature = "futures", not(shuttle)))]

use futures_core::{FusedStream, Stream};
use futures_sink::Sink;
use goxide_chan::future::{channel, unbounded};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

fn rt() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

async fn next<S: Stream + Unpin>(s: &mut S) -> Option<S::Item> {
    poll_fn(|cx| Pin::new(&mut *s).poll_next(cx)).await
}

/// What `SinkExt::send_all` and `close` do.
async fn send_all<T, S: Sink<T> + Unpin>(sink: &mut S, items: impl IntoIterator<Item = T>) -> Result<(), S::Error> {
    for item in items {
        poll_fn(|cx| Pin::new(&mut *sink).poll_ready(cx)).await?;
        Pin::new(&mut *sink).start_send(item)?;
    }
    poll_fn(|cx| Pin::new(&mut *sink).poll_close(cx)).await
}

#[test]
fn a_sink_flows_into_a_stream() {
    for cap in [0, 1, 7] {
        let (tx, rx) = channel(cap);
        rt().block_on(async {
            let mut sink = tx.into_sink();
            let sending = tokio::spawn(async move { send_all(&mut sink, 0..100).await });
            let mut stream = rx.into_stream();
            for i in 0..100 {
                assert_eq!(next(&mut stream).await, Some(i));
            }
            assert!(!stream.is_terminated());
            assert_eq!(next(&mut stream).await, None, "closing the sink drops its sending end, which was the last");
            assert!(stream.is_terminated());
            assert_eq!(next(&mut stream).await, None);
            sending.await.unwrap().unwrap();
        });
    }
}

#[test]
fn a_stream_that_is_dropped_gives_back() {
    let cx = &mut Context::from_waker(Waker::noop());
    let (tx, rx) = unbounded();
    let mut stream = rx.stream();
    assert!(Pin::new(&mut stream).poll_next(cx).is_pending());
    tx.try_send(1).unwrap();
    tx.try_send(2).unwrap();
    drop(stream);
    assert!(rx.try_iter().eq([1, 2]));
}

#[test]
fn a_sink_that_is_dropped_withdraws() {
    let cx = &mut Context::from_waker(Waker::noop());
    let (tx, rx) = channel(0);
    let mut sink = tx.sink();
    assert!(Pin::new(&mut sink).poll_ready(cx).is_ready());
    Pin::new(&mut sink).start_send(Box::new(1)).unwrap();
    assert!(Pin::new(&mut sink).poll_flush(cx).is_pending());
    assert!(Pin::new(&mut sink).poll_ready(cx).is_pending(), "no second element before the first is sent");
    drop(sink);
    assert!(rx.try_recv().is_err());
    // A receiver that goes fails the element that waits.
    let mut sink = tx.into_sink();
    Pin::new(&mut sink).start_send(Box::new(2)).unwrap();
    assert!(Pin::new(&mut sink).poll_flush(cx).is_pending());
    drop(rx);
    let Poll::Ready(Err(failed)) = Pin::new(&mut sink).poll_close(cx) else { panic!("the channel is closed") };
    assert_eq!(*failed.into_inner(), 2);
    let mut sink = pin!(sink);
    assert!(sink.as_mut().start_send(Box::new(3)).is_err(), "a closed sink takes nothing");
    assert!(matches!(sink.poll_flush(cx), Poll::Ready(Ok(()))));
}
