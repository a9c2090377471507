//! `Debug` for the types whose contents other threads change, assembly owns, or are of no use as text: their name.
//! Nothing is read. Types that are values derive it where they are.

goxide_sys::debug_by_name! {
    [] crate::notify::NotifyList, "NotifyList";
    [H: crate::host::Host] crate::proc::Proc<H>, "Proc";
    [T] crate::queue::RunQueue<T>, "RunQueue";
    [H: crate::host::Host] crate::sched::Sched<H>, "Sched";
    [H: crate::host::Host] crate::model::Resume<H>, "Resume";
    [H: crate::ext::Ext] crate::sema::Released<H>, "Released";
    [H: crate::host::Host] crate::task::Task<H>, "Task";
    [H: crate::host::Host] crate::task::TaskList<H>, "TaskList";
    [H: crate::host::Host] crate::model::TaskTable<H>, "TaskTable";
    [H: crate::host::Host] crate::thread::Thread<H>, "Thread";
    [] crate::timer::Timer, "Timer";
    [] crate::timer_heap::TimerHeap, "TimerHeap";
    [] crate::wake::Wake, "Wake";
}
