#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace reelpool {

/// What kind of failure this is. The numbers are the program's exit codes.
enum class ErrorCode : std::uint8_t {
    internal = 1,     ///< a bug in Reelpool
    usage = 2,        ///< the command line is wrong
    project = 3,      ///< the project file is wrong
    media = 4,        ///< a medium is missing or unusable
    decode = 5,       ///< decoding failed
    render = 6,       ///< compositing failed
    output = 7,       ///< encoding or writing failed
    limit = 8,        ///< a memory or size limit would be exceeded
    retryable = 75,   ///< worth trying again: device lost, no resources
    cancelled = 130,  ///< the user stopped it
};

/// The part of the program in which a failure showed.
enum class Component : std::uint8_t {
    project,
    planner,
    shared_decoder,
    frame_cache,
    worker,
    nested_renderer,
    compositor,
    encoder,
    output,
};

[[nodiscard]] const char* component_name(Component component);

/// A failure that the world can cause, in the words a user needs.
struct Error {
    ErrorCode code = ErrorCode::internal;
    Component component = Component::project;
    std::string subject;  ///< clip, file or place in the project; may be empty
    std::string what;     ///< one sentence: what went wrong
    std::string cause;    ///< the reason beneath, such as an errno text; may be empty
    std::string hint;     ///< what to do about it; may be empty

    friend bool operator==(const Error&, const Error&) = default;
};

/// The error as one line of text, for logs and tests.
[[nodiscard]] std::string to_string(const Error& error);

/// An Error for a failed system call, with errno's text as its cause.
[[nodiscard]] Error errno_error(Component component, std::string what, int errno_value);

struct Unit {
    friend bool operator==(const Unit&, const Unit&) = default;
};

/// Wraps an error so that it converts into any Result (std::unexpected's role).
struct Unexpected {
    Error error;
};

[[nodiscard]] inline Unexpected unexpected(Error error) {
    return Unexpected{std::move(error)};
}

/// A value or an Error, with std::expected's names.
template <class T>
class [[nodiscard]] Result {
  public:
    using value_type = T;

    Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT
    Result(Unexpected failure)
        : state_(std::in_place_index<1>, std::move(failure.error)) {}  // NOLINT

    [[nodiscard]] bool has_value() const { return state_.index() == 0; }
    explicit operator bool() const { return has_value(); }

    [[nodiscard]] T& value() & { return *std::get_if<0>(&state_); }
    [[nodiscard]] const T& value() const& { return *std::get_if<0>(&state_); }
    [[nodiscard]] T&& value() && { return std::move(*std::get_if<0>(&state_)); }
    T& operator*() & { return value(); }
    const T& operator*() const& { return value(); }
    T&& operator*() && { return std::move(*this).value(); }
    T* operator->() { return std::get_if<0>(&state_); }
    const T* operator->() const { return std::get_if<0>(&state_); }

    [[nodiscard]] Error& error() & { return *std::get_if<1>(&state_); }
    [[nodiscard]] const Error& error() const& { return *std::get_if<1>(&state_); }
    [[nodiscard]] Error&& error() && { return std::move(*std::get_if<1>(&state_)); }

  private:
    std::variant<T, Error> state_;
};

using Status = Result<Unit>;

[[nodiscard]] inline Status ok() {
    return Unit{};
}

/// Ends the process with a message: for our own bugs only, also in release builds.
[[noreturn]] void fail_check(const char* expression, const char* file, int line);

}  // namespace reelpool

/// An invariant of our own; stays on in release builds.
#define REELPOOL_CHECK(expression) \
    ((expression) ? void(0) : ::reelpool::fail_check(#expression, __FILE__, __LINE__))

#define REELPOOL_CONCAT_(a, b) a##b
#define REELPOOL_CONCAT(a, b) REELPOOL_CONCAT_(a, b)

/// Evaluates a Result; returns its error from the enclosing function, or declares `name` with it.
#define REELPOOL_TRY(name, expression)                                                        \
    auto REELPOOL_CONCAT(result_, __LINE__) = (expression);                                   \
    if (!REELPOOL_CONCAT(result_, __LINE__))                                                  \
        return ::reelpool::unexpected(std::move(REELPOOL_CONCAT(result_, __LINE__)).error()); \
    auto name = std::move(REELPOOL_CONCAT(result_, __LINE__)).value()

/// Evaluates a Status; returns its error from the enclosing function.
#define REELPOOL_TRY_STATUS(expression)                                          \
    do {                                                                         \
        auto status_ = (expression);                                             \
        if (!status_) return ::reelpool::unexpected(std::move(status_).error()); \
    } while (false)
