#include "godwit/hash.hpp"

#include "catch.hpp"

using namespace godwit;

TEST_CASE("SHA-256 has the standard's values") {
    CHECK(sha256_hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(sha256_hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(sha256_base64("abc") == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
}

TEST_CASE("CRC-32 is IEEE's") {
    CHECK(crc32_ieee("123456789") == 0xCBF43926U);
    CHECK(crc32_ieee("") == 0U);
}

TEST_CASE("the lock number is golang-migrate's") {
    using namespace std::string_view_literals;
    CHECK(golang_migrate_lock_id("database_name") == 1764327054U);
    CHECK(golang_migrate_lock_id("schema_name_1\0database_name"sv) == 2453313553U);
    CHECK(golang_migrate_lock_id("schema_name_2\0database_name"sv) == 235207038U);
    CHECK(golang_migrate_lock_id("schema_name_1\0schema_name_2\0database_name"sv) == 3743845847U);
    CHECK(golang_migrate_lock_id("public\0schema_migrations\0/mydb"sv) == 616192132U);
    CHECK(golang_migrate_lock_id("mydb:schema_migrations") == 1906445756U);
}
