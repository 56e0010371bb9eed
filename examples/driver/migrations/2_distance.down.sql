SET godwit far;
