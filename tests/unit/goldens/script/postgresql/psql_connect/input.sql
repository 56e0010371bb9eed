SELECT 1;
  \connect shop
SELECT 2;
