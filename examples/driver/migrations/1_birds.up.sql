ADD plover "in the north, at 12:30";
ADD godwit far;
