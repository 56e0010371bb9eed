#include "elf_section.hpp"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <bit>
#include <cstring>
#include <fstream>

#include "godwit/error.hpp"

namespace godwit::plugins {
namespace {

using Header = ElfW(Ehdr);
using SectionHeader = ElfW(Shdr);

constexpr unsigned char kClass = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
constexpr unsigned char kByteOrder = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;
// A descriptor has some hundred bytes and a section name table some thousand: a header that says more lies.
constexpr std::uint64_t kLongest = 64ULL << 20;

#if defined(__x86_64__)
constexpr unsigned kMachine = EM_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kMachine = EM_AARCH64;
#elif defined(__i386__)
constexpr unsigned kMachine = EM_386;
#elif defined(__arm__)
constexpr unsigned kMachine = EM_ARM;
#elif defined(__riscv)
constexpr unsigned kMachine = EM_RISCV;
#elif defined(__powerpc64__)
constexpr unsigned kMachine = EM_PPC64;
#elif defined(__s390__)
constexpr unsigned kMachine = EM_S390;
#else
constexpr unsigned kMachine = 0;  // unknown: left to dlopen
#endif

/// A file read by offset; every read is checked against the file's size.
class ElfFile {
  public:
    explicit ElfFile(const std::filesystem::path& path)
        : path_(path.string()), stream_(path, std::ios::binary | std::ios::ate) {
        if (!stream_) refuse("cannot be read");
        size_ = static_cast<std::uint64_t>(stream_.tellg());
    }

    [[nodiscard]] Header header() {
        if (size_ < sizeof(Header)) refuse("is not a shared object (ELF)");
        const auto header = read_as<Header>(0);
        if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) refuse("is not a shared object (ELF)");
        const bool ours = header.e_ident[EI_CLASS] == kClass && header.e_ident[EI_DATA] == kByteOrder &&
                          (kMachine == 0 || header.e_machine == kMachine);
        if (!ours) refuse("was built for another kind of machine");
        if (header.e_type != ET_DYN) refuse("is an ELF file, but not a shared object");
        if (header.e_shentsize != sizeof(SectionHeader)) damaged();
        return header;
    }

    [[nodiscard]] SectionHeader section(const Header& header, std::uint64_t index) {
        if (index >= header.e_shnum) damaged();
        return read_as<SectionHeader>(header.e_shoff + index * sizeof(SectionHeader));
    }

    [[nodiscard]] std::vector<std::byte> read(std::uint64_t offset, std::uint64_t size) {
        if (size > kLongest || offset > size_ || size > size_ - offset) damaged();
        std::vector<std::byte> bytes(size);
        stream_.seekg(static_cast<std::streamoff>(offset));
        stream_.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
        if (!stream_) refuse("cannot be read");
        return bytes;
    }

  private:
    [[noreturn]] void refuse(std::string_view why) const {
        fail(Errc::Plugin, fmt::format("plugin {} {}", path_, why),
             "point to a shared object made with godwit_add_plugin() for this machine");
    }
    [[noreturn]] void damaged() const { refuse("is a damaged ELF file"); }

    template <class T>
    T read_as(std::uint64_t offset) {
        const auto bytes = read(offset, sizeof(T));
        T value;
        std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }

    std::string path_;
    std::ifstream stream_;
    std::uint64_t size_ = 0;
};

bool is_called(const std::vector<std::byte>& names, std::uint64_t at, std::string_view name) {
    if (at > names.size() || names.size() - at <= name.size()) return false;
    const auto* const text = reinterpret_cast<const char*>(names.data()) + at;
    return std::memcmp(text, name.data(), name.size()) == 0 && text[name.size()] == '\0';
}

}  // namespace

std::optional<std::vector<std::byte>> read_elf_section(const std::filesystem::path& path,
                                                       std::string_view name) {
    ElfFile file(path);
    const Header header = file.header();
    if (header.e_shnum == 0) return std::nullopt;
    const SectionHeader name_table = file.section(header, header.e_shstrndx);
    const auto names = file.read(name_table.sh_offset, name_table.sh_size);
    for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
        const SectionHeader section = file.section(header, i);
        if (!is_called(names, section.sh_name, name) || section.sh_type == SHT_NOBITS) continue;
        return file.read(section.sh_offset, section.sh_size);
    }
    return std::nullopt;
}

}  // namespace godwit::plugins
