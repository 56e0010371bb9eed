-- a note that changes
SET godwit 13000 km;
