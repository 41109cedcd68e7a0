#include "ipc/process/event_loop.hpp"

#include <fcntl.h>
#include <unistd.h>

// TSan does not know fences. Asio's are for handlers on several threads; here is one, and `post`
// and `stop` are covered by Asio's locks.
#ifdef __SANITIZE_THREAD__
#define BOOST_ASIO_DISABLE_FENCED_BLOCK
#endif
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include "ipc/base/result.hpp"

namespace reelpool {

namespace asio = boost::asio;

struct EventLoop::Impl {
    asio::io_context context{1};
};

/// A watch that is under way. The callbacks of Asio share it; `cancel` makes them do nothing.
struct EventLoop::Registration::State {
    virtual ~State() = default;
    virtual void cancel() = 0;
    bool cancelled = false;
};

namespace {

struct Watch : EventLoop::Registration::State, std::enable_shared_from_this<Watch> {
    Watch(asio::io_context& context, int fd, asio::posix::stream_descriptor::wait_type type,
          std::function<void()> on_event)
        : descriptor(context, fd), wait_type(type), callback(std::move(on_event)) {}

    ~Watch() override {
        if (descriptor.is_open()) descriptor.release();
    }

    void arm() {
        descriptor.async_wait(wait_type,
                              [self = shared_from_this()](const boost::system::error_code& error) {
                                  if (error || self->cancelled) return;
                                  self->callback();
                                  if (!self->cancelled) self->arm();
                              });
    }

    void cancel() override {
        cancelled = true;
        // The descriptor belongs to the caller: give it back without closing it.
        if (descriptor.is_open()) descriptor.release();
    }

    asio::posix::stream_descriptor descriptor;
    asio::posix::stream_descriptor::wait_type wait_type;
    std::function<void()> callback;
};

struct Timer : EventLoop::Registration::State, std::enable_shared_from_this<Timer> {
    Timer(asio::io_context& context, std::chrono::milliseconds delay,
          std::function<void()> on_event)
        : timer(context, delay), callback(std::move(on_event)) {}

    void arm() {
        timer.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (error || self->cancelled) return;
            self->callback();
        });
    }

    void cancel() override {
        cancelled = true;
        timer.cancel();
    }

    asio::steady_timer timer;
    std::function<void()> callback;
};

struct Signals : EventLoop::Registration::State, std::enable_shared_from_this<Signals> {
    Signals(asio::io_context& context, std::function<void(int)> on_event)
        : signals(context, SIGINT, SIGTERM), callback(std::move(on_event)) {}

    void arm() {
        signals.async_wait(
            [self = shared_from_this()](const boost::system::error_code& error, int number) {
                if (error || self->cancelled) return;
                self->callback(number);
                if (!self->cancelled) self->arm();
            });
    }

    void cancel() override {
        cancelled = true;
        signals.cancel();
    }

    asio::signal_set signals;
    std::function<void(int)> callback;
};

}  // namespace

namespace {

/// What Asio throws, as what everybody knows.
template <class Make>
auto translated(Make make) -> decltype(make()) {
    try {
        return make();
    } catch (const boost::system::system_error& error) {
        throw std::system_error(error.code().value(), std::generic_category(), "the event loop");
    }
}

}  // namespace

EventLoop::EventLoop() : impl_(translated([] { return std::make_unique<Impl>(); })) {}
EventLoop::~EventLoop() = default;

void EventLoop::run() {
    impl_->context.restart();
    impl_->context.run();
}

void EventLoop::stop() {
    impl_->context.stop();
}

void EventLoop::post(std::function<void()> task) {
    asio::post(impl_->context, std::move(task));
}

EventLoop::Registration::Registration(std::shared_ptr<State> state) : state_(std::move(state)) {}

EventLoop::Registration& EventLoop::Registration::operator=(Registration&& other) noexcept {
    if (this != &other) {
        cancel();
        state_ = std::move(other.state_);
    }
    return *this;
}

EventLoop::Registration::~Registration() {
    cancel();
}

void EventLoop::Registration::cancel() {
    if (state_) std::exchange(state_, nullptr)->cancel();
}

EventLoop::Registration EventLoop::on_readable(int fd, std::function<void()> callback) {
    auto watch = translated([&] {
        return std::make_shared<Watch>(
            impl_->context, fd, asio::posix::stream_descriptor::wait_read, std::move(callback));
    });
    watch->arm();
    return Registration(std::move(watch));
}

EventLoop::Registration EventLoop::on_writable(int fd, std::function<void()> callback) {
    // epoll knows a descriptor once; a second watch on it needs a descriptor of its own.
    struct WritableWatch : Watch {
        using Watch::Watch;
        ~WritableWatch() override { close_own(); }
        void cancel() override {
            cancelled = true;
            close_own();
        }
        void close_own() {
            if (descriptor.is_open()) ::close(descriptor.release());
        }
    };
    const int own = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (own < 0) throw std::system_error(errno, std::generic_category(), "the event loop");
    auto watch = std::make_shared<WritableWatch>(
        impl_->context, own, asio::posix::stream_descriptor::wait_write, std::move(callback));
    watch->arm();
    return Registration(std::move(watch));
}

EventLoop::Registration EventLoop::after(std::chrono::milliseconds delay,
                                         std::function<void()> callback) {
    auto timer = std::make_shared<Timer>(impl_->context, delay, std::move(callback));
    timer->arm();
    return Registration(std::move(timer));
}

EventLoop::Registration EventLoop::on_termination(std::function<void(int)> callback) {
    auto signals =
        translated([&] { return std::make_shared<Signals>(impl_->context, std::move(callback)); });
    signals->arm();
    return Registration(std::move(signals));
}

}  // namespace reelpool
