DELETE godwit;
DELETE plover;
