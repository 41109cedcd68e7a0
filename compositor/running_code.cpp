#include "compositor/running_code.hpp"

#include <elf.h>
#include <link.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <set>
#include <span>
#include <string_view>

#include "ipc/base/digest.hpp"

namespace reelpool::compositor {
namespace {

constexpr std::size_t aligned(std::size_t bytes) {
    return (bytes + 3) / 4 * 4;
}

/// The build id among the notes, empty if there is none.
std::span<const std::byte> build_id_in(std::span<const std::byte> notes) {
    while (notes.size() >= sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note{};
        std::memcpy(&note, notes.data(), sizeof note);
        const std::size_t name_at = sizeof note;
        const std::size_t id_at = name_at + aligned(note.n_namesz);
        const std::size_t end = id_at + aligned(note.n_descsz);
        if (end > notes.size()) return {};
        const std::string_view name(reinterpret_cast<const char*>(notes.data() + name_at),
                                    note.n_namesz);
        if (note.n_type == NT_GNU_BUILD_ID && name == std::string_view("GNU", 4))
            return notes.subspan(id_at, note.n_descsz);
        notes = notes.subspan(end);
    }
    return {};
}

std::span<const std::byte> build_id_of(const dl_phdr_info& object) {
    for (ElfW(Half) i = 0; i < object.dlpi_phnum; ++i) {
        const ElfW(Phdr)& part = object.dlpi_phdr[i];
        if (part.p_type != PT_NOTE) continue;
        const auto* const notes =
            reinterpret_cast<const std::byte*>(object.dlpi_addr + part.p_vaddr);
        const auto id = build_id_in({notes, part.p_memsz});
        if (!id.empty()) return id;
    }
    return {};
}

void add_file(Digester& digester, const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::array<char, 65536> block{};
    while (file.read(block.data(), block.size()), file.gcount() > 0)
        digester.add(
            std::as_bytes(std::span(block).first(static_cast<std::size_t>(file.gcount()))));
}

int add_object(dl_phdr_info* object, std::size_t /*bytes*/, void* objects) {
    const std::string path = object->dlpi_name;
    const std::string name = path.substr(path.rfind('/') + 1);
    if (name.starts_with("linux-vdso") || name.starts_with("linux-gate")) return 0;
    Digester digester;
    digester.add_text(name);
    const auto id = build_id_of(*object);
    if (id.empty())
        add_file(digester, path.empty() ? "/proc/self/exe" : path);
    else
        digester.add(id);
    static_cast<std::set<std::string>*>(objects)->insert(to_text(digester.digest()));
    return 0;
}

}  // namespace

std::string running_code() {
    // In which order they were loaded does not matter.
    std::set<std::string> objects;
    ::dl_iterate_phdr(add_object, &objects);
    Digester all;
    for (const std::string& object : objects) all.add_text(object);
    return to_text(all.digest());
}

}  // namespace reelpool::compositor
